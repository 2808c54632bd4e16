// The control of what differs: a seed with dice, a slider, or a menu. It begins with something else than the
// sample in view has, and tells every change as {setting: value}.
const DICE = 1e6;
const kept = {}; // the values that were chosen last

export function control(name, known, ranges, changed) {
  const now = tgan.state;
  if (name === 'seed') return seed(now, changed);
  if (name in ranges) return slider(name, ranges[name], changed);
  const rows =
    name === 'label'
      ? [[null, tgan.t('edit.two.any')], ...known.classes.map((one, i) => [i, tgan.named(one)])]
      : name === 'model'
        ? known.models.map(({id, title}) => [id, id.startsWith('run/') ? title : tgan.titleOf(id)])
        : without();
  return menu(
    name,
    rows.filter(([value]) => value !== now[name]),
    changed,
  );
}

function seed(now, changed) {
  const input = document.createElement('input');
  const dice = document.createElement('button');
  const set = (value) => {
    kept.seed = value;
    input.value = value;
    changed({seed: value});
  };
  Object.assign(input, {type: 'number', min: 0, step: 1});
  input.setAttribute('aria-label', tgan.t('edit.two.seed'));
  input.addEventListener('change', () => {
    const value = Math.floor(Number(input.value));
    set(input.value !== '' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : kept.seed);
  });
  Object.assign(dice, {type: 'button', textContent: tgan.t('dice')});
  dice.addEventListener('click', () => set(Math.floor(Math.random() * DICE)));
  set(kept.seed !== undefined && kept.seed !== now.seed ? kept.seed : now.seed + 1);
  return [input, dice];
}

function slider(name, [min, max, step], changed) {
  const input = document.createElement('input');
  const told = document.createElement('output');
  const set = () => {
    kept[name] = Number(input.value);
    told.textContent = input.value;
    changed({[name]: kept[name]});
  };
  Object.assign(input, {type: 'range', min, max, step});
  input.value = kept[name] ?? (tgan.state[name] > 0.5 ? 0.5 : 1);
  input.setAttribute('aria-label', tgan.t('edit.two.' + name));
  input.addEventListener('input', set);
  set();
  return [input, told];
}

// the edits in force with one of them, or all, left out
function without() {
  const steps = tgan.edits.all();
  const rows = steps.map((step, i) => [
    steps
      .filter((_, k) => k !== i)
      .map(tgan.edits.write)
      .join(';'),
    tgan.t('edit.two.but', {n: i + 1, kind: tgan.t('edit.step.' + step.kind)}),
  ]);
  return [['', tgan.t('edit.two.but.all')], ...(steps.length > 1 ? rows : [])];
}

function menu(name, rows, changed) {
  const select = document.createElement('select');
  select.setAttribute('aria-label', tgan.t('edit.two.' + name));
  select.replaceChildren(...rows.map(([, text], i) => new Option(text, i)));
  const set = () => {
    [kept[name]] = rows[Number(select.value)];
    changed({[name]: kept[name]});
  };
  const before = rows.findIndex(([value]) => value === kept[name]);
  select.value = Math.max(0, before);
  select.addEventListener('change', set);
  if (rows.length) set();
  return [select];
}
