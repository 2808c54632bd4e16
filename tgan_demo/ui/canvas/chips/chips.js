// The class to draw: one chip each, "any" first. value = {classes: [...], factors?: [[...], [...], ...]}.
// With factors (digits, speakers) a row of chips each; the class is one of each.
const chips = element.querySelector('.chips');
const find = element.querySelector('.find');
const MANY = 30;

function build() {
  tgan.words(element);
  const classes = props.value?.classes ?? [];
  element.style.display = classes.length ? '' : 'none';
  const factors = props.value?.factors;
  if (factors) return rows(factors);
  chips.replaceChildren(
    ...[['', tgan.t('class.any')], ...classes.map((name, i) => [String(i), tgan.named(name)])].map(
      ([id, name]) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = name;
        button.dataset.id = id;
        button.setAttribute('role', 'radio');
        button.addEventListener('click', () => {
          tgan.set('label-id', id);
          mark(id);
        });
        return button;
      },
    ),
  );
  find.hidden = classes.length <= MANY;
  find.value = '';
  mark(tgan.get('label-id'));
}

// which value of each factor a class is; none: no class is asked for
function parts(id, factors) {
  if (id === '' || id === null) return [];
  const found = [];
  let rest = Number(id);
  for (let i = factors.length - 1; i >= 0; i--) {
    found[i] = rest % factors[i].length;
    rest = Math.floor(rest / factors[i].length);
  }
  return found;
}

function rows(factors) {
  const button = (text, part, value) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    if (part !== null) made.dataset.part = part;
    made.dataset.value = value;
    made.setAttribute('role', 'radio');
    made.addEventListener('click', () => {
      const known = parts(tgan.get('label-id'), factors);
      const now = known.length ? known : factors.map(() => 0);
      if (part !== null) now[part] = value;
      const next = part === null ? '' : String(now.reduce((id, one, i) => id * factors[i].length + one, 0));
      tgan.set('label-id', next);
      mark(next);
    });
    return made;
  };
  const row = (values, part) => {
    const rest = document.createElement('span');
    rest.className = 'break';
    return [...(part ? [rest] : []), ...values.map((name, i) => button(tgan.named(name), part, i))];
  };
  chips.replaceChildren(button(tgan.t('class.any'), null, ''), ...factors.flatMap(row));
  find.hidden = true;
  mark(tgan.get('label-id'));
}

find.addEventListener('input', () => {
  const wanted = find.value.trim().toLowerCase();
  chips.querySelectorAll('button').forEach((button) => {
    button.hidden = !!button.dataset.id && !button.textContent.toLowerCase().includes(wanted);
  });
});

function mark(id) {
  const factors = props.value?.factors;
  if (factors) {
    const now = parts(id, factors);
    chips.querySelectorAll('button').forEach((button) => {
      const {part, value} = button.dataset;
      button.setAttribute(
        'aria-checked',
        part === undefined ? !now.length : now.length > 0 && now[part] === Number(value),
      );
    });
    return;
  }
  chips
    .querySelectorAll('button')
    .forEach((button) => button.setAttribute('aria-checked', button.dataset.id === String(id)));
}

build();
watch('value', build);
tgan.onLang(build);
document.addEventListener('tgan:drew', (event) => mark(event.detail.label ?? ''));
