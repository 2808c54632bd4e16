// Tokens that are words: the same weights as arcs over them and as a matrix of all of them.
import {net, topOf, unpack} from './maps.js';
import {levelOf, ramp} from './colours.js';
import {$, CLS, count, isCodes, pieces, set, shown, state} from './view.js';

export function drawTokens(map) {
  const words = pieces();
  const box = $('.tokens');
  box.hidden = !words?.length || !!map?.rows || !map;
  if (box.hidden) return;
  const n = Math.min(count(), 64);
  const room = Math.min(720, $('.stage').clientWidth || 320);
  const step = room / n;
  const ink = tgan.css('--tg-ink') || '#888';
  const hot = `rgb(${ramp('hot')[200]})`;
  const tall = (state.token === CLS ? 4 : Math.min(150, room / 3)) + 30;
  const arcs = $('.arcs');
  const c = tgan.crisp(arcs, room, tall);
  const x = (i) => (i + 0.5) * step;
  const base = tall - 26;
  const from = Math.max(0, state.token);
  const top = topOf(map.cells, map.flow);
  for (let i = 0; i < n; i++) {
    const w = Math.min(1, map.cells[i] / top);
    if (state.token !== CLS && i !== from && w > 0.04) {
      c.beginPath();
      c.ellipse(
        (x(i) + x(from)) / 2,
        base,
        Math.abs(x(i) - x(from)) / 2,
        Math.min(base - 4, Math.abs(x(i) - x(from)) * 0.6),
        0,
        Math.PI,
        2 * Math.PI,
      );
      c.strokeStyle = hot;
      c.globalAlpha = 0.15 + 0.85 * w;
      c.lineWidth = 0.5 + 5 * w;
      c.stroke();
    }
    c.globalAlpha = i === from && state.token !== CLS ? 1 : 0.35 + 0.65 * w;
    c.fillStyle = i === from && state.token !== CLS ? hot : ink;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    const word = (words[i] ?? '·').trim() || '·';
    if (isCodes()) {
      c.font = '600 12px sans-serif';
      c.fillText(String(i + 1), x(i), base + 7);
      c.font = '11px sans-serif';
      c.fillText(clipped(c, (words[i] ?? '').trim(), step - 4), x(i), base + 20);
      continue;
    }
    c.font = `${Math.max(8, Math.min(18, (step * 0.9) / Math.max(1, [...word].length * 0.6)))}px sans-serif`;
    c.fillText(word, x(i), base + 14);
  }
  c.globalAlpha = 1;
  const maps = net();
  const side = Math.min(room, 320);
  const table = ramp('map');
  const codes = isCodes();
  const wide = codes ? Math.min(room, 480) : side;
  const edge = codes ? Math.round(wide * 0.42) : 0;
  const head = codes ? 16 : 0;
  const cell = (wide - edge) / n;
  const m = tgan.crisp($('.matrix'), wide, head + cell * n);
  Object.assign($('.matrix').dataset, {head, tall: head + cell * n});
  if (codes) {
    m.textBaseline = 'middle';
    m.fillStyle = ink;
    m.font = '12px sans-serif';
    for (let k = 0; k < n; k++) {
      m.textAlign = 'center';
      m.fillText(String(k + 1), edge + (k + 0.5) * cell, head / 2);
      m.textAlign = 'left';
      m.fillText(clipped(m, `${k + 1}  ${(words[k] ?? '').trim()}`, edge - 6), 0, head + (k + 0.5) * cell);
    }
  }
  for (let q = 0; q < n; q++) {
    const row = map.flow
      ? unpack(shown().rollout[state.net]).row(0, 0, q + maps.lead)
      : maps.row(map.layer, map.head, q + maps.lead);
    if (!row) continue;
    const most = Math.max(1e-9, ...row.subarray(maps.lead));
    for (let k = 0; k < n; k++) {
      m.fillStyle = `rgb(${table[levelOf(row[k + maps.lead], most)]})`;
      m.fillRect(edge + k * cell, head + q * cell, cell + 0.5, cell + 0.5);
    }
  }
  if (state.token !== CLS) {
    m.strokeStyle = '#fff';
    m.lineWidth = 2;
    m.strokeRect(edge, head + from * cell, wide - edge, cell);
  }
}

function clipped(c, text, room) {
  if (c.measureText(text).width <= room) return text;
  while (text && c.measureText(text + '…').width > room) text = text.slice(0, -1);
  return text && text + '…';
}

for (const [name, at] of [
  ['.arcs', (box, event) => (event.clientX - box.left) / box.width],
  [
    '.matrix',
    (box, event) => {
      const {head = 0, tall = 1} = $('.matrix').dataset;
      return (event.clientY - box.top - (head / tall) * box.height) / (box.height * (1 - head / tall));
    },
  ],
]) {
  $(name).addEventListener('click', (event) => {
    const box = $(name).getBoundingClientRect();
    const n = Math.min(count(), 64);
    set({token: Math.min(n - 1, Math.max(0, Math.floor(at(box, event) * n)))});
  });
}
