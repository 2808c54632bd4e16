// The weights of attention: unpacking them, the strongest head, what is shown, the top of a scale.
// Words: row a query's weights, lead the CLS token's place (1 in D, else 0).
import {count, shown, state} from './view.js';

const decoded = new WeakMap();
export const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// {layers, heads, rows, keys, lead, only} + row(layer, head, query)
export function unpack(net) {
  if (!net) return null;
  if (!decoded.has(net)) {
    const data = bytes(net.data);
    const top = new Float32Array(bytes(net.top).buffer);
    const kept = net.only === null ? net.rows : 1;
    decoded.set(net, {
      ...net,
      row(layer, head, query) {
        const q = net.only === null ? query : query === net.only ? 0 : -1;
        if (q < 0 || q >= kept) return null;
        const i = (layer * net.heads + head) * kept + q;
        return Float32Array.from(data.subarray(i * net.keys, (i + 1) * net.keys), (b) => (b * top[i]) / 255);
      },
    });
  }
  return decoded.get(net);
}

export const net = () => unpack(shown()?.nets[state.net]);
export const query = () => state.token + (net()?.lead || 0);

// the layer and head whose row has the largest single weight
function strongest() {
  const n = net();
  let best = {layer: 0, head: 0, top: -1};
  for (let layer = 0; layer < n.layers; layer++) {
    for (let head = 0; head < n.heads; head++) {
      const row = n.row(layer, head, query());
      const top = row ? Math.max(...row) : -1;
      if (top > best.top) best = {layer, head, top};
    }
  }
  return best;
}

// weight on any map of the wall, CLS left out
export function largest(map) {
  if (map.rows) return Math.max(1e-9, ...map.rows.map((row) => Math.max(...row)));
  const n = net();
  let top = 1e-9;
  for (let i = 0; i < n.layers * n.heads; i++) {
    const row = n.row(Math.floor(i / n.heads), i % n.heads, query());
    if (row) top = Math.max(top, ...row.subarray(n.lead));
  }
  return top;
}

const chosen = () => (state.layer === null ? strongest() : {layer: state.layer, head: state.head});

// rows of weights over latent tokens, mean over what is not chosen
function crossMap() {
  const n = net();
  const rows = [];
  const layers = state.crossLayer < 0 ? [...Array(n.layers).keys()] : [state.crossLayer];
  const heads = state.crossHead < 0 ? [...Array(n.heads).keys()] : [state.crossHead];
  for (let q = 0; q < count(); q++) {
    const sum = new Float32Array(n.keys);
    for (const layer of layers)
      for (const head of heads)
        n.row(layer, head, q)?.forEach((w, m) => {
          sum[m] += w;
        });
    rows.push(sum.map((w) => w / (layers.length * heads.length)));
  }
  return rows;
}

export const argmax = (row) => row.reduce((best, w, i) => (w > row[best] ? i : best), 0);

// What the big picture shows: {cells: weight per patch, cls: weight of CLS or null, ...which}
export function current() {
  if (state.net === 'g_cross') {
    const rows = crossMap();
    const most = argmax(rows[state.token]);
    const latent = state.latent ?? most;
    return {cells: Float32Array.from(rows, (row) => row[latent]), cls: null, rows, latent, most};
  }
  const n = net();
  const pick = chosen();
  const flow = state.flow && shown().rollout[state.net];
  const row = flow ? unpack(flow).row(0, 0, query()) : n.row(pick.layer, pick.head, query());
  if (!row) return null;
  return {cells: row.subarray(n.lead), cls: n.lead ? row[0] : null, row, ...pick, flow: !!flow};
}

// Rollout keeps most of a patch in itself; its scale ends at the strongest other one.
export const topOf = (cells, flow) =>
  Math.max(1e-9, ...(flow ? cells.filter((_, i) => i !== state.token) : cells));

// The scale of the big picture.
export const scaleOf = (map) => (state.same && !map.flow ? state.shared : topOf(map.cells, map.flow));

// a mean has no formula: take the layer and head that read this latent token most
export function crossPick(latent) {
  const n = net();
  let best = {layer: 0, head: 0, w: -1};
  for (let layer = 0; layer < n.layers; layer++)
    for (let head = 0; head < n.heads; head++) {
      if (
        (state.crossLayer >= 0 && layer !== state.crossLayer) ||
        (state.crossHead >= 0 && head !== state.crossHead)
      )
        continue;
      const w = n.row(layer, head, state.token)?.[latent] ?? 0;
      if (w > best.w) best = {layer, head, w};
    }
  return {layer: best.layer, head: best.head};
}
