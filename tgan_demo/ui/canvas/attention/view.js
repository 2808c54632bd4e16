// What the Inside tab looks at: the value from Python, what the user chose, and the grid of the tokens shown.
export const root = element.querySelector('.ins');
export const $ = (s) => root.querySelector(s);
export const CLS = -1;
export const view = {value: null}; // of attention_view
export const state = {
  net: 'g_self',
  source: 'generated',
  token: null,
  layer: null,
  head: null,
  flow: false,
  crossLayer: -1,
  crossHead: -1,
  latent: null,
  same: false,
  opacity: 0.75,
  hover: null,
  formula: false,
  shared: 1, // top of the one scale for all maps
};

export const words = () => view.value?.words ?? []; // whose words
export const t = (key, values) => tgan.t(key, values, words());
export const named = (name) => tgan.named(name, words());
// Each token writes several words and is none itself.
export const isCodes = () => !!view.value?.codes;
export const shown = () => view.value?.[state.source] || null;
export const ready = () => view.value?.state === 'ready' && shown();
export const grid = () => shown().grid;
export const count = () => tgan.tokens(grid());
export const rows = () => tgan.gridOf(grid())[1]; // of one step in time
export const columns = () => grid().at(-1);
export const isFilm = () => grid().length > 2;
export const frames = () => shown().item.frames / grid()[0]; // of a step
export const pieces = () => shown()?.item.pieces; // what each token shows, where they are words

const listeners = [];
export const onSet = (listener) => listeners.push(listener);

export function set(changes) {
  Object.assign(state, changes);
  listeners.forEach((listener) => listener());
}

export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, v] of Object.entries(attributes)) made.setAttribute(key, v);
  made.append(...children);
  return made;
}
