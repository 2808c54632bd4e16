// The sampler's state: what was drawn last, told in the link; undo, restore, dice, the link that opens it.
const CONTROLS = tgan.settings.controls;
const USUAL = Object.fromEntries(CONTROLS.map((control) => [control.name, control.default]));
const SHARED = ['model', ...CONTROLS.map((control) => control.link), 'tab', 'lang', 'walk', 'xy'];

const MOST = 4; // seeds that a walk starts from
const past = [];
let picked = []; // seeds that were clicked, the newest last
let going = false;
let recent = [];
tgan.state = null;
tgan.drew = (state) => {
  const text = JSON.stringify(state);
  if (tgan.state && JSON.stringify(tgan.state) !== text && !going) {
    past.push(tgan.state);
    if (past.length > 200) past.shift();
  }
  going = false;
  tgan.state = state;
  if (!recent.length || recent[recent.length - 1] !== state.seed) {
    recent = newest(recent, state.seed);
    // where Walk starts from: two that somebody clicked and nothing else, else what was seen last
    tgan.set('recent-id', (picked.length > 1 && picked.includes(state.seed) ? picked : recent).join('_'));
  }
  const changes = {model: state.model};
  for (const {name, link, needs} of CONTROLS) {
    const isTold = state[name] !== USUAL[name] && (!needs || state[needs] !== USUAL[needs]);
    changes[link] = isTold ? state[name] : '';
  }
  if (!tgan.showing) tgan.link(changes);
};
const newest = (seeds, seed) => [...seeds.filter((one) => one !== seed), seed].slice(-MOST);
tgan.undo = () => {
  const before = past.pop();
  if (!before) return tgan.toast(tgan.t('undo.none'));
  going = true;
  tgan.restore(before);
};
tgan.restore = (state) => document.dispatchEvent(new CustomEvent('tgan:restore', {detail: state}));
// a place of its own would be seen whatever the seed
const bySeed = () => tgan.set('edit-id', tgan.edits.seeded(tgan.get('edit-id')));
tgan.pick = (seed) => {
  if (tgan.locked) return tgan.toast(tgan.t('lock.held'));
  picked = newest(picked, seed);
  bySeed();
  tgan.set('seed', seed);
};
tgan.dice = () => {
  picked = [];
  const draw = Math.floor(Math.random() * 1e6);
  bySeed();
  if (!tgan.locked) return tgan.set('seed', draw);
  tgan.set('variation-seed', draw);
  if (tgan.state && !tgan.state.variation)
    tgan.restore({...tgan.state, variation: 0.3, variation_seed: draw});
};
tgan.reuse = () => {
  const before = past.findLast((state) => state.seed !== tgan.state?.seed);
  if (before) tgan.set('seed', before.seed);
  else tgan.toast(tgan.t('undo.none'));
};
// What is shown now, for anybody: a link carries no visitor.
tgan.stateLink = () => {
  const params = new URLSearchParams(location.search);
  const shared = new URLSearchParams();
  for (const key of SHARED) if (params.get(key)) shared.set(key, params.get(key));
  shared.set('lang', tgan.lang);
  return (tgan.settings.base || location.origin + location.pathname) + '?' + shared;
};
