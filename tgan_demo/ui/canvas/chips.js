// The class to draw: one chip each, "any" first. value = {classes: [...], factors?: [[...], [...]]}.
// With factors (digits, speakers) a row of chips each; the class is their pair.
const chips = element.querySelector('.chips'), find = element.querySelector('.find'), MANY = 30;
function build() {
  tgan.words(element);
  const classes = props.value?.classes ?? [];
  element.style.display = classes.length ? '' : 'none';
  const factors = props.value?.factors;
  if (factors) return pairs(factors);
  chips.replaceChildren(...[['', tgan.t('class.any')], ...classes.map((name, i) => [String(i), name])].map(([id, name]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.dataset.id = id;
    button.setAttribute('role', 'radio');
    button.addEventListener('click', () => { tgan.set('label-id', id); mark(id); });
    return button;
  }));
  find.hidden = classes.length <= MANY;
  find.value = '';
  mark(tgan.get('label-id'));
}
function pairs(factors) {
  const many = factors[1].length, button = (text, part, value) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    if (part !== null) made.dataset.part = part;
    made.dataset.value = value;
    made.setAttribute('role', 'radio');
    made.addEventListener('click', () => {
      const id = tgan.get('label-id'), now = id === '' ? [0, 0] : [Math.floor(id / many), id % many];
      if (part !== null) now[part] = value;
      const next = part === null ? '' : String(now[0] * many + now[1]);
      tgan.set('label-id', next);
      mark(next);
    });
    return made;
  };
  const rest = document.createElement('span');
  rest.className = 'break';
  chips.replaceChildren(button(tgan.t('class.any'), null, ''), ...factors[0].map((name, i) => button(name, 0, i)), rest, ...factors[1].map((name, i) => button(name, 1, i)));
  find.hidden = true;
  mark(tgan.get('label-id'));
}
find.addEventListener('input', () => {
  const wanted = find.value.trim().toLowerCase();
  chips.querySelectorAll('button').forEach((button) => { button.hidden = !!button.dataset.id && !button.textContent.toLowerCase().includes(wanted); });
});
function mark(id) {
  const factors = props.value?.factors;
  if (factors) {
    const now = id === '' || id === null ? [] : [Math.floor(id / factors[1].length), id % factors[1].length];
    chips.querySelectorAll('button').forEach((button) => {
      const {part, value} = button.dataset;
      button.setAttribute('aria-checked', part === undefined ? !now.length : now.length > 0 && now[part] === Number(value));
    });
    return;
  }
  chips.querySelectorAll('button').forEach((button) => button.setAttribute('aria-checked', button.dataset.id === String(id)));
}
build();
watch('value', build);
tgan.onLang(build);
document.addEventListener('tgan:drew', (event) => mark(event.detail.label ?? ''));
