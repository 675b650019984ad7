// Lists the texts of the visible page's charts that are clipped, overlap another, or are pale on what is behind them.
() => {
  const LEAST_CONTRAST = 4.5;
  const numbers = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const isTurned = (text) => /rotate\((?!0)/.test(text.getAttribute("transform") || "");

  // A colour (red, green, blue, and perhaps alpha) laid over an opaque one.
  const over = (top, below) => {
    const alpha = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map((each) => top[each] * alpha + below[each] * (1 - alpha));
  };

  // Relative luminance and contrast by WCAG 2.
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };

  const colourBehind = (text, x, y) => {
    let colour = [255, 255, 255];
    for (const each of document.elementsFromPoint(x, y).reverse()) {
      if (each === text) continue;
      const style = getComputedStyle(each);
      if (each.tagName === "path") {
        const fill = numbers(style.fill);
        const alpha = Number(style.fillOpacity) * Number(style.opacity) * (fill.length > 3 ? fill[3] : 1);
        if (fill.length >= 3) colour = over([...fill.slice(0, 3), alpha], colour);
      } else if (each instanceof HTMLElement && style.backgroundColor !== "rgba(0, 0, 0, 0)") {
        colour = over(numbers(style.backgroundColor), colour);
      }
    }
    return colour;
  };

  const isVisible = (text) =>
    text.textContent.trim()
    && Number(getComputedStyle(text).opacity) > 0
    && Number(text.getAttribute("opacity") ?? 1) > 0
    && text.getBoundingClientRect().width > 0;

  const problems = [];
  for (const svg of document.querySelectorAll(".page:not([hidden]) .chart svg")) {
    const name = svg.closest(".panel").dataset.panel;
    const frame = svg.getBoundingClientRect();
    const window = svg.closest(".scroller").getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].filter(isVisible);
    const boxes = texts.map((each) => each.getBoundingClientRect());
    texts.forEach((text, place) => {
      const box = boxes[place];
      const isInside = box.left > frame.left - 1 && box.right < frame.right + 1
        && box.top > frame.top - 1 && box.bottom < frame.bottom + 1;
      if (!isInside) problems.push(`${name}: clipped: ${text.textContent}`);
      for (let other = place + 1; other < texts.length && !isTurned(text); other += 1) {
        const wide = Math.min(box.right, boxes[other].right) - Math.max(box.left, boxes[other].left);
        const high = Math.min(box.bottom, boxes[other].bottom) - Math.max(box.top, boxes[other].top);
        if (wide > 1 && high > 3 && !isTurned(texts[other])) {
          problems.push(`${name}: overlapping: ${text.textContent} and ${texts[other].textContent}`);
        }
      }
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      // what is scrolled out of sight has nothing of its own behind it
      if (x < window.left || x > window.right) return;
      const found = contrast(numbers(getComputedStyle(text).fill).slice(0, 3), colourBehind(text, x, y));
      if (found < LEAST_CONTRAST) problems.push(`${name}: pale (${found.toFixed(1)}): ${text.textContent}`);
    });
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) problems.push("the page is wider than the screen");
  return problems;
}
