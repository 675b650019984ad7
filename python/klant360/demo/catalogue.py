"""The shop's catalogue: about two hundred products in twelve categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from klant360.demo import tables

# Per category: its cheapest and most expensive product in euros, its share of sales, and its products.
CATEGORIES: dict[str, tuple[float, float, float, list[str]]] = {
    "Woonaccessoires": (5, 90, 0.12, ["Theelicht", "Vaas", "Kussen", "Plaid", "Fotolijst", "Wandklok"]),
    "Keuken": (4, 150, 0.13, ["Snijplank", "Koekenpan", "Mengkom", "Theepot", "Braadslede", "Messenset"]),
    "Tuin": (3, 180, 0.10, ["Bloempot", "Snoeischaar", "Gieter", "Vogelhuisje", "Tuinslang", "Vuurschaal"]),
    "Kleding": (8, 120, 0.14, ["Sokken", "T-shirt", "Sjaal", "Overhemd", "Trui", "Regenjas"]),
    "Schoenen": (15, 140, 0.07, ["Slippers", "Pantoffels", "Gympen", "Laarzen", "Wandelschoenen"]),
    "Speelgoed": (3, 80, 0.10, ["Puzzel", "Kleurboek", "Houten trein", "Knuffel", "Bordspel"]),
    "Boeken": (5, 45, 0.08, ["Prentenboek", "Kookboek", "Reisgids", "Roman", "Fotoboek"]),
    "Verzorging": (3, 60, 0.09, ["Handcrème", "Zeep", "Shampoo", "Badolie", "Geurkaars"]),
    "Elektronica": (10, 320, 0.06, ["Oplader", "Bureaulamp", "Wekker", "Koptelefoon", "Luidspreker"]),
    "Fietsen": (4, 160, 0.05, ["Fietsbel", "Bandenset", "Fietslamp", "Fietstas", "Kinderzitje"]),
    "Huisdieren": (3, 90, 0.04, ["Voerbak", "Halsband", "Hondenmand", "Krabpaal"]),
    "Kantoor": (2, 110, 0.02, ["Notitieboek", "Vulpen", "Agenda", "Bureaustoelmat"]),
}
KINDS = ["klein", "groot", "blauw", "groen", "rood", "grijs", "naturel", "extra"]
PER_CATEGORY = 17


@dataclass(frozen=True)
class Catalogue:
    """List prices in cents (12, 17), rising within a category; product number = category * 17 + place + 1."""

    prices: np.ndarray
    popularity: np.ndarray
    products: pa.Table

    def choose(self, category: np.ndarray, cents: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Choose products for lines (k,) in the category, with a price close to theirs (cents)."""
        wanted = cents * np.exp(rng.normal(0, 0.35, len(cents)))
        distance = np.abs(np.log(self.prices[category]) - np.log(wanted)[:, None])
        return category * PER_CATEGORY + distance.argmin(axis=1) + 1


def make_catalogue(rng: np.random.Generator) -> Catalogue:
    """Make the products: prices are even on a log scale between a category's cheapest and most expensive."""
    prices, names, categories = [], [], []
    for category, (low, high, _, things) in CATEGORIES.items():
        spread = np.geomspace(low, high, PER_CATEGORY) * rng.uniform(0.95, 1.05, PER_CATEGORY)
        prices.append(np.sort(np.rint(spread) * 100 - 5).astype(np.int64))
        kinds = rng.permutation(KINDS)
        for place in range(PER_CATEGORY):
            thing, kind = things[place * len(things) // PER_CATEGORY], kinds[place % len(kinds)]
            names.append(f"{thing} {kind}")
            categories.append(category)
    listed = np.array(prices)
    products = tables.build(
        "webshop.products",
        {
            "product_id": product_ids(np.arange(1, listed.size + 1)),
            "product_name": np.array(names, dtype=object),
            "category": np.array(categories, dtype=object),
            "unit_cost": (listed.ravel() * rng.uniform(0.4, 0.65, listed.size)).astype(np.int64),
            "is_in_stock": rng.random(listed.size) < 0.94,
        },
    )
    popularity = np.array([share for _, _, share, _ in CATEGORIES.values()])
    return Catalogue(listed, popularity / popularity.sum(), products)


def product_ids(numbers: np.ndarray) -> pa.Array:
    """Write product numbers as ids."""
    return tables.numbered("P", numbers, 4)
