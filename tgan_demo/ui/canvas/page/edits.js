// Edits of the sample in view, as tgan_demo/edits.py writes them: steps "kind:what*number@first-last", joined
// by ";". tgan.edits reads and changes those of the page; every change can be undone as any other.
const NAMED = 100; // directions with a name of the user's
const STEP = /^(at|go|mix):([^*@]+)(?:\*(-?[\d.]+))?(?:@(\d+)(?:-(\d+))?)?$/;
const read = (text) => {
  const found = STEP.exec(text);
  if (!found) return null;
  const [, kind, what, number, first, last] = found;
  const range = first === undefined ? null : [Number(first), Number(last ?? first)];
  return {kind, what, number: number === undefined ? 1 : Number(number), range};
};
const write = ({kind, what, number, range}) =>
  `${kind}:${what}` +
  (number === 1 ? '' : '*' + Number(number.toFixed(4))) +
  (range ? `@${range[0]}-${range[1]}` : '');
tgan.edits = {
  read,
  write,
  all: (text = tgan.state?.edit) => (text ? text.split(';') : []).map(read).filter(Boolean),
  set: (steps) => tgan.restore({...tgan.state, edit: steps.map(write).join(';')}),
  add: (step) => tgan.edits.set([...tgan.edits.all(), {number: 1, range: null, ...step}]),
  // without those that put one place instead of all seeds'
  seeded: (text) =>
    tgan.edits
      .all(text)
      .filter(({kind}) => kind !== 'at')
      .map(write)
      .join(';'),
  // what a user calls a direction: [{model, what, name, range?}], kept in this browser
  names: () => {
    const all = tgan.kept('directions', []);
    return Array.isArray(all) ? all : [];
  },
  // called "": not any more
  call: (own) => {
    const others = tgan.edits.names().filter(({model, what}) => model !== own.model || what !== own.what);
    tgan.keep('directions', own.name ? [own, ...others].slice(0, NAMED) : others);
    document.dispatchEvent(new CustomEvent('tgan:named'));
  },
};

// A link to a table opens it.
const LOOK_MS = 100;
const press = (selector, isDone, looks = 200) => {
  const button = document.querySelector(selector);
  if (button && isDone(button)) return;
  button?.click();
  if (looks) setTimeout(() => press(selector, isDone, looks - 1), LOOK_MS);
};
const openTable = () => {
  if (!tgan.param('xy') || tgan.showing) return;
  press('#edit-part > button', (button) => button.classList.contains('open'));
  press('#edit-table-button', (button) => button.getAttribute('aria-selected') === 'true');
};
document.addEventListener('tgan:drew', openTable, {once: true});
