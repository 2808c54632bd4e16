// The class to draw: one chip each, "any" first. value = {classes: [...], selected: "" | "7"}.
const chips = element.querySelector('.chips'), find = element.querySelector('.find'), MANY = 30;
function build() {
  tgan.words(element);
  const classes = props.value?.classes ?? [];
  element.style.display = classes.length ? '' : 'none';
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
find.addEventListener('input', () => {
  const wanted = find.value.trim().toLowerCase();
  chips.querySelectorAll('button').forEach((button) => { button.hidden = !!button.dataset.id && !button.textContent.toLowerCase().includes(wanted); });
});
function mark(id) {
  chips.querySelectorAll('button').forEach((button) => button.setAttribute('aria-checked', button.dataset.id === String(id)));
}
build();
watch('value', build);
tgan.onLang(build);
document.addEventListener('tgan:drew', (event) => mark(event.detail.label ?? ''));
