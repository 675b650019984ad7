"use strict";
(() => {
  const { panels, currency, months, shortMonths, run } = JSON.parse(document.getElementById("payload").textContent);
  const NARROW = 560;
  const locales = { nl: "nl-NL", en: "en-GB" };
  const tip = document.querySelector(".tip");
  const root = document.documentElement;
  let language = "nl";
  let scope = "all";

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const word = (value) => (value !== null && typeof value === "object" ? value[language] : value);

  // Numbers and dates as the reader writes them.
  function written(value, kind) {
    if (value === null || value === undefined) return "–";
    const number = (options) => new Intl.NumberFormat(locales[language], options).format(value);
    if (kind === "count") return number({ maximumFractionDigits: 0 });
    if (kind === "share") return number({ style: "percent", maximumFractionDigits: 1 });
    if (kind === "money") return (value < 0 ? "−" : "") + currency[language]
      + new Intl.NumberFormat(locales[language], { maximumFractionDigits: 0 }).format(Math.abs(value));
    if (kind === "month" || kind === "day") {
      const [year, month, day] = value.split("-").map(Number);
      const name = `${months[language][month - 1]} ${year}`;
      return kind === "day" ? `${day} ${name}` : name;
    }
    return String(word(value));
  }

  function rowsOf(panel) {
    return panel.rows
      .map((values, index) => ({ index, ...Object.fromEntries(panel.names.map((name, place) => [name, values[place]])) }))
      .filter((row) => row.scope === undefined || row.scope === scope);
  }

  // The rows as a chart reads them: words in one language, a label per month, and what hovering shows.
  function drawnRows(panel) {
    const told = new Set(panel.tipped);
    return rowsOf(panel).map((row) => {
      const drawn = {};
      for (const name of panel.names) drawn[name] = word(row[name]);
      for (const column of panel.columns) {
        if ((column.kind === "month" || column.kind === "day") && row[column.name]) {
          const [year, month] = row[column.name].split("-").map(Number);
          drawn[`${column.name}_label`] = `${shortMonths[language][month - 1]} ${String(year % 100).padStart(2, "0")}`;
        }
      }
      drawn.tip = told.has(row.index)
        ? panel.columns.map((column) => `${word(column.title)}: ${written(row[column.name], column.kind)}`).join("\n")
        : row.node ? word(row.node) : "";
      return drawn;
    });
  }

  const separators = () => (language === "nl" ? { decimal: ",", thousands: "." } : { decimal: ".", thousands: "," });
  const formatLocale = () => ({ ...separators(), grouping: [3], currency: [currency[language], ""] });

  function translated(value, panel) {
    if (Array.isArray(value)) return value.map((each) => translated(each, panel));
    if (value === null || typeof value !== "object") {
      if (typeof value !== "string" || !value.startsWith("@")) return value;
      const column = panel.columns.find((each) => each.name === value.slice(1));
      return column ? word(column.title) : value.slice(1);
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, translated(each, panel)]));
  }

  // Colours are CSS variables, which a canvas does not know.
  function resolved(value) {
    if (Array.isArray(value)) return value.map(resolved);
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
    }
    if (typeof value !== "string") return value;
    if (value === "url(#hatch)") return "rgba(128,128,128,0.35)";
    return value.replace(/var\((--[\w-]+)\)/g, (_, name) => getComputedStyle(root).getPropertyValue(name).trim());
  }

  const config = {
    background: "transparent",
    font: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
    view: { stroke: null },
    axis: {
      labelColor: "var(--ink)", titleColor: "var(--muted)", titleFontWeight: 400, labelFontSize: 12, titleFontSize: 12,
      gridColor: "var(--line)", domainColor: "var(--line)", tickColor: "var(--line)", labelPadding: 6, titlePadding: 8,
    },
    text: { fontSize: 12 },
  };

  function specification(panel, width) {
    const isNarrow = width < NARROW;
    const chosen = isNarrow && panel.narrow ? panel.narrow : panel.spec;
    const spec = translated(structuredClone(chosen), panel);
    const padding = { left: 5, right: 18, top: 5, bottom: 5 };
    spec.autosize = { type: "fit-x", contains: "padding" };
    spec.padding = padding;
    spec.width = Math.max(width, panel.least_width);
    const rows = drawnRows(panel).filter((row) => row.is_drawn !== false && !(isNarrow && panel.narrow && row.is_narrow !== true));
    spec.datasets = { rows };
    if (spec.usermeta) spec.height = spec.usermeta.step * new Set(rows.map((row) => row[spec.usermeta.rows])).size;
    spec.config = config;
    return spec;
  }

  function embed(element, spec, renderer) {
    return vegaEmbed(element, spec, {
      actions: false, ast: true, defaultStyle: false, renderer, formatLocale: formatLocale(), tooltip: showTip,
    });
  }

  function showTip(_, event, item, text) {
    if (!text) { tip.hidden = true; return; }
    placeTip(String(text), event.clientX, event.clientY);
  }

  function placeTip(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - width - 8))}px`;
    tip.style.top = `${y + height + 22 > innerHeight ? Math.max(8, y - height - 12) : y + 14}px`;
  }

  // What can be told on focus, in the order of drawing.
  function marks(element) {
    return all("path[aria-roledescription], .mark-rect path, .mark-symbol path", element)
      .filter((path) => path.__data__ && path.__data__.tooltip && path.getBoundingClientRect().width);
  }

  function focusMark(element, step) {
    const found = marks(element);
    if (!found.length) return;
    const place = Math.max(0, Math.min(found.length - 1, (element.place ?? -1) + step));
    element.place = place;
    const box = found[place].getBoundingClientRect();
    placeTip(String(found[place].__data__.tooltip), box.left + box.width / 2, box.top + box.height / 2);
  }

  function listen(element) {
    element.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); focusMark(element, step); }
      if (event.key === "Escape") tip.hidden = true;
    });
    element.addEventListener("focus", () => { if (element.matches(":focus-visible")) focusMark(element, 1); });
    element.addEventListener("blur", () => { tip.hidden = true; element.place = undefined; });
    element.addEventListener("click", (event) => {
      const item = event.target.__data__;
      if (item && item.tooltip) placeTip(String(item.tooltip), event.clientX, event.clientY);
      else tip.hidden = true;
    });
  }

  const drawn = new WeakMap();

  async function draw(article) {
    const panel = panels[article.dataset.panel];
    const element = article.querySelector(".chart");
    if (!element || !panel.spec) return;
    element.hidden = false;
    const width = element.parentElement.clientWidth;
    const state = `${language} ${scope} ${width}`;
    if (!width || drawn.get(article) === state) return;
    drawn.set(article, state);
    const { view } = await embed(element, specification(panel, width), "svg");
    const svg = element.querySelector("svg");
    svg.setAttribute("aria-hidden", "true");
    for (const marked of all("[aria-roledescription], [aria-label]", svg)) {
      marked.removeAttribute("aria-roledescription");
      marked.removeAttribute("aria-label");
      marked.removeAttribute("role");
    }
    element.view = view;
  }

  const drawPage = () => Promise.all(all(".page:not([hidden]) .panel").map(draw));

  function choosePage() {
    const names = all(".page").map((page) => page.id);
    const wanted = location.hash.slice(1).split("-")[0];
    const name = names.includes(wanted) ? wanted : names[0];
    for (const page of all(".page")) page.hidden = page.id !== name;
    for (const link of all("nav a")) {
      if (link.getAttribute("href") === `#${name}`) {
        link.setAttribute("aria-current", "page");
        // on a narrow screen the pages scroll sideways
        link.scrollIntoView({ block: "nearest", inline: "center" });
      } else link.removeAttribute("aria-current");
    }
    tip.hidden = true;
    return drawPage().then(scrollToHash);
  }

  // A page is shown from its top, with the header; a panel has an address of its own.
  function scrollToHash() {
    const panel = document.querySelector(`.panel[id="${CSS.escape(location.hash.slice(1))}"]`);
    if (panel) panel.scrollIntoView();
    else scrollTo(0, 0);
  }

  function chooseLanguage(wanted) {
    language = wanted;
    root.lang = wanted;
    for (const button of all("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === wanted));
    for (const option of all("option[data-nl]")) option.textContent = option.dataset[wanted];
    for (const labelled of all("[data-label-nl]")) labelled.setAttribute("aria-label", labelled.getAttribute(`data-label-${wanted}`));
    document.title = `${document.querySelector(`h1 [lang=${wanted}]`).textContent} · klant360`;
    return drawPage();
  }

  function chooseScope(wanted) {
    scope = wanted;
    for (const select of all("[data-filter]")) select.value = wanted;
    for (const article of all(".panel")) {
      const known = all("[data-scope]", article);
      if (known.some((each) => each.dataset.scope !== "all")) {
        for (const each of known) each.hidden = each.dataset.scope !== wanted;
      }
    }
    return drawPage();
  }

  function save(content, name) {
    const link = document.createElement("a");
    link.href = content;
    link.download = name;
    link.click();
  }

  function csv(panel) {
    const cell = (value) => {
      const text = value === null || value === undefined ? "" : String(word(value));
      // a spreadsheet must not take a text for a formula
      const safe = typeof value !== "number" && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
      return /[",\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
    };
    const rows = rowsOf(panel).filter((row) => panel.columns.some((column) => row[column.name] !== null && row[column.name] !== undefined));
    return [panel.columns.map((column) => cell(column.title)), ...rows.map((row) => panel.columns.map((column) => cell(row[column.name])))]
      .map((line) => line.join(",")).join("\r\n");
  }

  async function png(panel, article, name) {
    const holder = document.createElement("div");
    const width = Math.max(article.querySelector(".scroller").clientWidth, panel.least_width, 480);
    const spec = resolved(specification(panel, width));
    spec.background = getComputedStyle(root).getPropertyValue("--page").trim();
    const title = all("h3", article).find((each) => !each.hidden).querySelector(`[lang=${language}]`);
    spec.title = { text: title ? title.textContent : "", anchor: "start", color: resolved("var(--ink)"), fontSize: 16 };
    const { view } = await embed(holder, spec, "canvas");
    save(await view.toImageURL("png", 2), name);
    view.finalize();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.language) chooseLanguage(button.dataset.language);
    if (button.dataset.download) {
      const article = button.closest(".panel");
      const panel = panels[article.dataset.panel];
      const name = `${article.dataset.panel}-${run}.${button.dataset.download}`;
      if (button.dataset.download === "csv") save(URL.createObjectURL(new Blob(["\ufeff", csv(panel)], { type: "text/csv" })), name);
      else png(panel, article, name);
    }
  });
  for (const select of all("[data-filter]")) select.addEventListener("change", () => chooseScope(select.value));
  for (const element of all(".chart")) listen(element);
  addEventListener("hashchange", choosePage);
  // the browser itself scrolls to the address, until the first frame after loading
  addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(scrollToHash)));
  let waiting;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawPage, 120); });
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  // Printing shows all pages: those that were not visited are drawn first, in the background.
  async function drawAll() {
    const width = document.querySelector(".page:not([hidden]) .panels").clientWidth;
    for (const page of all(".page[hidden]")) {
      page.hidden = false;
      page.style.cssText = `position:absolute;left:-9999px;width:${width}px`;
      await Promise.all(all(".panel", page).map(draw));
      page.style.cssText = "";
      page.hidden = page.id !== document.querySelector("nav a[aria-current]").getAttribute("href").slice(1);
    }
    root.dataset.ready = "all";
  }

  root.classList.add("scripted");
  for (const each of all(".switch, .filter, .downloads")) each.hidden = false;
  const asked = new URLSearchParams(location.search).get("lang");
  chooseLanguage(asked === "en" || asked === "nl" ? asked : "nl");
  choosePage().then(() => { root.dataset.ready = "page"; (window.requestIdleCallback || setTimeout)(drawAll); });
})();
