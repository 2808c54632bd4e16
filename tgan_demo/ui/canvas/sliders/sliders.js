// A slider for each direction that goes a name: how far, in which blocks, and what the user calls it.
// value = {model, last, ways}: directions of all samples of the model, and the last place where w enters G.
// Fires 'ask' when it is seen and the model is another one.
const list = element.querySelector('.list');
const MOST = 5; // times its length, either way
const ranges = new Map(); // what -> [first, last], where it is not in force
let asked = '';

const known = () => tgan.edits.names().filter((one) => one.model === tgan.state?.model);
const called = (what) => known().find((one) => one.what === what);
const usual = (what) => {
  const axis = /^(pc|class)(\d+)$/.exec(what);
  return axis ? tgan.t('edit.step.' + axis[1], {n: axis[2]}) : tgan.t('edit.step.go');
};

function show() {
  tgan.words(element);
  const value = props.value;
  if (!value?.model || value.model !== tgan.state?.model) return list.replaceChildren();
  if (list.contains(document.activeElement) && document.activeElement.matches('.name')) return;
  const steps = tgan.edits.all().filter((step) => step.kind === 'go');
  const ways = [
    ...known().map((one) => one.what),
    ...steps.map((step) => step.what), // one that has no name yet can be given one
    ...value.ways,
  ];
  const focused = list.querySelector(':focus');
  const [row, part] = [focused?.closest('.row')?.dataset.what, focused?.dataset.part];
  list.replaceChildren(
    ...[...new Set(ways)].map((what) =>
      line(
        what,
        steps.findLast((s) => s.what === what),
      ),
    ),
  );
  if (row) list.querySelector(`[data-what="${CSS.escape(row)}"] [data-part="${part}"]`)?.focus();
}

function line(what, step) {
  const box = document.createElement('div');
  const own = called(what);
  const name = own?.name || usual(what);
  box.className = 'row';
  box.dataset.what = what;
  box.setAttribute('role', 'listitem');
  box.append(naming(what, name), ...amount(what, name, step), blocks(what, name, step));
  if (own) box.append(forget(what, name));
  return box;
}

function naming(what, name) {
  const input = document.createElement('input');
  Object.assign(input, {className: 'name', value: name, maxLength: 40});
  input.dataset.part = 'name';
  input.setAttribute('aria-label', tgan.t('edit.sliders.rename', {name}));
  input.addEventListener('change', () => {
    const text = input.value.trim();
    input.blur();
    tgan.edits.call({model: tgan.state.model, what, name: text, range: rangeOf(what)});
    show();
  });
  return input;
}

function amount(what, name, step) {
  const input = document.createElement('input');
  const told = document.createElement('output');
  Object.assign(input, {className: 'amount', type: 'range', min: -MOST, max: MOST, step: 0.1});
  input.value = step?.number ?? 0;
  input.dataset.part = 'amount';
  input.setAttribute('aria-label', name);
  told.textContent = input.value;
  input.addEventListener('input', () => {
    told.textContent = input.value;
  });
  input.addEventListener('change', () => go(what, Number(input.value), rangeOf(what)));
  return [input, told];
}

function blocks(what, name, step) {
  const box = document.createElement('span');
  const {last} = props.value;
  const range = step ? step.range : rangeOf(what);
  const ends = [range?.[0] ?? 0, range?.[1] ?? last];
  const menus = ends.map((end, i) => {
    const menu = document.createElement('select');
    menu.setAttribute('aria-label', tgan.t(i ? 'edit.sliders.last' : 'edit.sliders.first', {name}));
    menu.dataset.part = i ? 'last' : 'first';
    for (let place = 0; place <= last; place++) menu.add(new Option(place, place, false, place === end));
    return menu;
  });
  menus.forEach((menu, i) =>
    menu.addEventListener('change', () => {
      const [first, end] = menus.map((one) => Number(one.value));
      const chosen = first <= end ? [first, end] : i ? [end, end] : [first, first];
      const all = chosen[0] === 0 && chosen[1] === last ? null : chosen;
      ranges.set(what, all);
      if (called(what)) tgan.edits.call({...called(what), range: all});
      if (step) go(what, step.number, all);
      else show();
    }),
  );
  box.className = 'range';
  box.append(tgan.t('edit.sliders.blocks'), menus[0], '–', menus[1]);
  return box;
}

function forget(what, name) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = '✕';
  button.dataset.part = 'forget';
  button.setAttribute('aria-label', tgan.t('edit.sliders.forget', {name}));
  button.title = button.getAttribute('aria-label');
  button.addEventListener('click', () => {
    tgan.edits.call({model: tgan.state.model, what, name: ''});
    show();
  });
  return button;
}

const rangeOf = (what) => {
  const step = tgan.edits.all().findLast((one) => one.what === what);
  return step ? step.range : ranges.has(what) ? ranges.get(what) : (called(what)?.range ?? null);
};

// in place of the last edit along it, or as a further one; by 0 it goes away
function go(what, number, range) {
  const steps = tgan.edits.all();
  const at = steps.findLastIndex((step) => step.kind === 'go' && step.what === what);
  const step = {kind: 'go', what, number, range};
  ranges.set(what, range);
  if (at < 0) return number ? tgan.edits.set([...steps, step]) : undefined;
  tgan.edits.set(number ? steps.with(at, step) : steps.toSpliced(at, 1));
}

// -- asking for another model's -------------------------------------------------------------
function ask() {
  show();
  const model = tgan.state?.model;
  if (!element.offsetParent || !model || model === asked) return;
  asked = model;
  ranges.clear();
  trigger('ask', {});
}
watch('value', show);
document.addEventListener('tgan:drew', ask);
document.addEventListener('tgan:named', show);
new IntersectionObserver(ask).observe(element);
tgan.onLang(show);
show();
