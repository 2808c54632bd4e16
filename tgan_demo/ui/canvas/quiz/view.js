// What the parts of the dialog share: its elements, new ones, words of a modality.
export const $ = (s) => element.querySelector(s);
export const t = (key, values, modality) => tgan.t(key, values, modality ? [modality] : []);
export const percent = (share) => Math.round(100 * share) + ' %';

export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value);
  made.append(...children);
  return made;
}

// Draws item i of a sheet's picture into a canvas, `side` CSS pixels wide.
export function put(canvas, image, value, i, side) {
  const high = (side * value.h) / value.w;
  const context = tgan.crisp(canvas, side, high);
  tgan.smooth(context, image);
  tgan.put(context, image, value, i, 0, 0, side, high);
}
