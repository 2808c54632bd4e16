// Groups A and B, and the direction from B to A: its vector comes from the server, its name stays in this browser.
// value = {what, model, range, a, b}, what was made last.
const $ = (s) => element.querySelector(s);
const PNG = 'data:image/png;base64,';
let asked = '';

function show() {
  tgan.words(element);
  const groups = tgan.groups.of();
  $('.sides').replaceChildren(...['a', 'b'].map((name) => side(name, groups[name])));
  $('.clear').hidden = !groups.a.length && !groups.b.length;
}

function side(name, members) {
  const box = document.createElement('div');
  const head = document.createElement('b');
  const add = document.createElement('button');
  box.className = `side ${name}`;
  head.textContent = tgan.t(`edit.groups.${name}`, {n: members.length});
  add.type = 'button';
  add.className = 'add';
  add.textContent = tgan.t(`edit.groups.add.${name}`);
  add.addEventListener('click', () => addShown(name));
  box.append(head, ...members.map(member), add);
  return box;
}

function member({state, picture}) {
  const button = document.createElement('button');
  const image = document.createElement('img');
  button.type = 'button';
  button.className = 'one';
  button.title = tgan.t('edit.groups.out', {seed: state.seed});
  button.setAttribute('aria-label', button.title);
  image.alt = '';
  if (String(picture).startsWith(PNG)) image.src = picture;
  button.append(image);
  button.addEventListener('click', () => tgan.groups.put(state, ''));
  return button;
}

// the first sample of the big grid, as it is now
async function addShown(name) {
  const value = tgan.hero?.();
  if (!value?.src || !value.state) return tgan.toast(tgan.t('fav.closed'));
  tgan.groups.put(value.state, name, tgan.groups.picture(await tgan.picture(value.src), value, 0));
}

$('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const {a, b} = tgan.groups.of();
  asked = $('.name').value.trim();
  trigger('make', {a: a.map((one) => one.state), b: b.map((one) => one.state)});
});
$('.clear').addEventListener('click', () => tgan.groups.clear(tgan.state?.model));

function made() {
  const value = props.value;
  if (!value?.what) return;
  const {what, model, range} = value;
  const name = asked || tgan.t('edit.groups.usual', value);
  tgan.edits.call({what, model, range, name});
  $('.name').value = '';
  if (model !== tgan.state?.model) return;
  tgan.edits.add({kind: 'go', what, range});
  tgan.toast(tgan.t('edit.groups.made', {name}));
}
watch('value', made);
document.addEventListener('tgan:groups', show);
document.addEventListener('tgan:drew', show);
tgan.onLang(show);
show();
