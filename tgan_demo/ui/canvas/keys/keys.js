// Key frames of a walk: drag or ◀ ▶ to move, ✕ to remove, click to load into the seed row.
// value = {keys: [{state, name, picture}], link, fixed}; an edit reports the new order of indices.
// fixed: keys that are no seeds, to be looked at only.
const row = element.querySelector('.row');
let dragged = -1;
const order = () => [...Array(props.value?.keys?.length ?? 0).keys()];
const report = (list) => trigger('order', {order: list});

function move(from, to) {
  const list = order();
  if (from < 0 || to < 0 || to >= list.length || from === to) return;
  list.splice(to, 0, list.splice(from, 1)[0]);
  report(list);
}

function small(text, key, act, off) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  button.title = tgan.t(key);
  button.setAttribute('aria-label', button.title);
  button.disabled = off;
  button.addEventListener('click', act);
  return button;
}

function build() {
  tgan.words(element);
  const keys = props.value?.keys ?? [];
  if (Object.hasOwn(props.value ?? {}, 'link')) tgan.link({walk: props.value.link});
  row.replaceChildren(
    ...keys.map((key, i) => {
      const box = document.createElement('div');
      const face = document.createElement('button');
      const image = document.createElement('img');
      const name = document.createElement('div');
      const tools = document.createElement('div');
      const fixed = Boolean(props.value.fixed);
      box.className = 'key';
      box.draggable = !fixed;
      box.setAttribute('role', 'listitem');
      face.type = 'button';
      face.className = 'face';
      face.disabled = fixed;
      face.title = fixed ? key.name : tgan.t('walk.load', {name: key.name});
      face.setAttribute('aria-label', face.title);
      face.addEventListener('click', () => tgan.restore({...tgan.state, ...key.state}));
      tgan.url(key.picture).then((url) => {
        image.src = url;
      });
      image.alt = '';
      face.append(image);
      name.className = 'name';
      name.textContent = key.name;
      tools.className = 'tools';
      if (!fixed)
        tools.append(
          small('◀', 'walk.left', () => move(i, i - 1), i === 0),
          small('✕', 'walk.remove', () => report(order().filter((k) => k !== i)), keys.length <= 2),
          small('▶', 'walk.right', () => move(i, i + 1), i === keys.length - 1),
        );
      box.addEventListener('dragstart', (event) => {
        dragged = i;
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', String(i));
      });
      box.addEventListener('dragover', (event) => {
        if (dragged >= 0) {
          event.preventDefault();
          box.classList.add('over');
        }
      });
      box.addEventListener('dragleave', () => box.classList.remove('over'));
      box.addEventListener('drop', (event) => {
        event.preventDefault();
        event.stopPropagation();
        box.classList.remove('over');
        move(dragged, i);
        dragged = -1;
      });
      box.addEventListener('dragend', () => {
        dragged = -1;
      });
      box.append(face, name, tools);
      return box;
    }),
  );
}

document.addEventListener('tgan:leg', (event) => {
  [...row.children].forEach((box, i) => box.classList.toggle('now', i === event.detail));
});
build();
watch('value', build);
tgan.onLang(build);
