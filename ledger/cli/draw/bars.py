"""Bars made of characters; whole numbers all the way, so that a bar is never longer than what it stands for."""

from __future__ import annotations

from typing import Final

__all__ = ["FULL", "LATE", "PLANNED", "shares", "span", "stacked"]

FULL, LATE, PLANNED = "█", "▒", "░"
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def span(start: int, amount: int, whole: int, width: int) -> str:
    """A part of a whole that begins where the parts before it end. What is more than nothing is seen, and all parts of
    a whole reach to its end."""
    if amount <= 0 or whole <= 0:
        return ""
    first = min(start * width // whole, width - 1)
    last = max(first + 1, (start + amount) * width // whole)
    return " " * first + FULL * (last - first)


def stacked(parts: list[tuple[int, str]], whole: int, width: int) -> list[tuple[str, str]]:
    """Parts of a whole side by side, each as its mark repeated: ``(cells, mark)``. What is more than nothing gets a
    cell where there is room."""
    found, start, used = [], 0, 0
    for amount, mark in parts:
        start += max(0, amount)
        end = min(width, -(-start * width // whole) if whole else 0)
        if amount > 0 and end > used:
            found.append((mark * (end - used), mark))
            used = end
    return found


def shares(parts: list[int], whole: int) -> list[str]:
    """Each part in percent with one decimal; those of all parts of a whole sum to 100.0."""
    found, start, before = [], 0, 0
    for part in parts:
        start += part
        after = (start * 1000 + whole // 2) // whole if whole else 0
        found.append(f"{(after - before) // 10}.{(after - before) % 10} %")
        before = after
    return found
