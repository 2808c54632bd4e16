// Two groups of samples, a and b, between which a direction leads; each model has its own, kept in this browser.
const LIMIT = 60; // on a side
const SIDE = 46; // pixels of the picture that is kept
const list = (value) => (Array.isArray(value) ? value : []);
const key = (state) => JSON.stringify(Object.entries({...state, count: 1}).sort());
const all = () => Object(tgan.kept('groups', {}));
const of = (model = tgan.state?.model) => {
  const own = Object(all()[model]);
  return {a: list(own.a), b: list(own.b)};
};
const keep = (model, groups) => {
  tgan.keep('groups', {...all(), [model]: groups});
  document.dispatchEvent(new CustomEvent('tgan:groups'));
};
const group = (state) => {
  const groups = of(state.model);
  return ['a', 'b'].find((name) => groups[name].some((one) => key(one.state) === key(state))) ?? '';
};
tgan.groups = {
  of,
  group,
  clear: (model) => keep(model, {a: [], b: []}),
  // into a group, or with '' out of both
  put: (state, name, picture = '') => {
    const groups = of(state.model);
    for (const side of ['a', 'b']) groups[side] = groups[side].filter((one) => key(one.state) !== key(state));
    if (name) groups[name] = [...groups[name], {state, picture}].slice(-LIMIT);
    keep(state.model, groups);
  },
  // the small picture of a sample on a sheet
  picture: (sheet, value, i) => tgan.small(sheet, value, i, SIDE, SIDE).toDataURL(),
};
