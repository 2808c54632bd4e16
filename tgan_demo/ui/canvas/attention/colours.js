// Weights as colours: ramps of 256 from the style sheet, and small maps of a row.
import {columns, grid, isFilm, rows} from './view.js';

const rgb = (name) => {
  const hex = getComputedStyle(element).getPropertyValue(name).trim().slice(1);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) || 0);
};
const tables = {};

// 256 colours from six CSS variables
export function ramp(kind) {
  const stops = [0, 1, 2, 3, 4, 5].map((i) => rgb(`--${kind}-${i}`));
  const key = kind + stops.join();
  return (tables[key] ||= Array.from({length: 256}, (_, i) => {
    const x = i / 51;
    const low = Math.min(4, Math.floor(x));
    const part = x - low;
    return stops[low].map((c, k) => Math.round(c + (stops[low + 1][k] - c) * part));
  }));
}

export function paint(small, cells, top) {
  // steps in time have thin gaps between
  const size = isFilm() ? Math.max(4, Math.round(32 / columns())) : 1;
  const table = ramp('map');
  const map = tgan.places(grid(), columns() * size, rows() * size, {gap: size > 1 ? 3 : 0});
  small.width = map.width;
  small.height = map.height;
  const context = small.getContext('2d');
  cells.forEach((w, i) => {
    const {x, y} = map.box(i);
    context.fillStyle = `rgb(${table[levelOf(w, top)]})`;
    context.fillRect(x, y, size, size);
  });
}

export const levelOf = (w, top) => Math.min(255, Math.round((255 * w) / (top || 1)));
