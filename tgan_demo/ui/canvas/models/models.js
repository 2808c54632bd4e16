// Model cards: a thumbnail, a title, the data and its licence. value = {items: [...], selected: id}.
const cards = element.querySelector('.cards');
const current = () => tgan.get('model-id') || props.value?.selected;

function build() {
  tgan.words(element);
  const items = props.value?.items ?? [];
  const all = new Set(items.map(tgan.modalityOf));
  let modality = all.size > 1 ? '' : [...all][0];
  cards.replaceChildren(
    ...items.flatMap((item) => {
      const head = document.createElement('div');
      const isNew = tgan.modalityOf(item) !== modality && !item.own;
      if (isNew) {
        modality = tgan.modalityOf(item);
        head.className = 'medium';
        head.textContent = tgan.t('modality', {name: modality}, [modality]);
      }
      const named = (name) => tgan.named(name, [tgan.modalityOf(item)]);
      const [data, licence] = [named(item.data), named(item.licence)];
      const button = document.createElement('button');
      button.type = 'button';
      button.setAttribute('role', 'radio');
      button.dataset.id = item.id;
      button.title = `${data} · ${licence}`;
      const picture = document.createElement(item.sheet ? 'img' : 'div');
      picture.className = 'sheet';
      if (item.sheet) {
        tgan.url(item.sheet).then((url) => {
          picture.src = url;
        });
        picture.alt = '';
      }
      const text = document.createElement('div');
      const title = document.createElement('div');
      const note = document.createElement('div');
      title.className = 'title';
      title.textContent = item.own ? item.title : named(item.title);
      note.className = 'note';
      note.textContent = [item.own ? tgan.t('model.own') : null, data, licence].filter(Boolean).join(' · ');
      text.append(title, note);
      button.append(picture, text);
      button.addEventListener('click', () => {
        if (tgan.set('model-id', item.id)) tgan.set('label-id', ''); // another model, other classes
        mark(item.id);
      });
      return isNew ? [head, button] : [button];
    }),
  );
  mark(current());
}

function mark(id) {
  cards.querySelectorAll('button').forEach((button) => {
    button.setAttribute('aria-checked', button.dataset.id === id);
    button.tabIndex = button.dataset.id === id ? 0 : -1;
  });
}

cards.addEventListener('keydown', (event) => {
  const step = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[event.key];
  if (!step) return;
  const all = [...cards.querySelectorAll('button')];
  const next = all[all.indexOf(document.activeElement) + step];
  if (next) {
    next.focus();
    next.click();
  }
  event.preventDefault();
  event.stopPropagation();
});
build();
watch('value', build);
tgan.onLang(build);
document.addEventListener('tgan:drew', (event) => mark(event.detail.model));
