// The models: first the modality, then its models as thumbnails. value = {items: [...], selected: id}.
const kinds = element.querySelector('.kinds');
const cards = element.querySelector('.cards');
const items = () => props.value?.items ?? [];
const current = () => tgan.get('model-id') || props.value?.selected;
const modalities = () => [...new Set(items().map(tgan.modalityOf))];

// what a model is called on the page
const titleOf = (item) =>
  item.own ? tgan.ownTitle(item, items()) : tgan.named(item.title, [tgan.modalityOf(item)]);
tgan.titleOf = (id) => {
  const item = items().find((one) => one.id === id);
  return item ? titleOf(item) : id;
};

function build() {
  tgan.words(element);
  const all = modalities();
  kinds.hidden = all.length < 2;
  kinds.replaceChildren(
    ...all.map((name) => {
      const button = radio(name, () => choose(lastOf(name)));
      button.textContent = tgan.t('modality', {name}, [name]);
      return button;
    }),
  );
  cards.replaceChildren(...items().map(card));
  mark(current());
}

function radio(id, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.id = id;
  button.setAttribute('role', 'radio');
  button.addEventListener('click', act);
  return button;
}

function card(item) {
  const variants = [tgan.modalityOf(item)];
  const button = radio(item.id, () => choose(item.id));
  const thumb = document.createElement('div');
  const title = document.createElement('div');
  thumb.className = 'thumb';
  tgan.url(item.sheet).then((url) => {
    if (url) thumb.style.backgroundImage = `url(${url})`;
  });
  title.className = 'title';
  title.textContent = titleOf(item);
  button.classList.toggle('own', item.own);
  const whose = item.own && [tgan.t('model.own'), tgan.originOf(item)];
  const about = [title.textContent, whose, tgan.named(item.data, variants)].flat();
  button.title = about.filter(Boolean).join(' · ');
  button.append(thumb, title);
  return button;
}

// the model of a modality that this browser used last, else its first
function lastOf(modality) {
  const ids = items()
    .filter((item) => tgan.modalityOf(item) === modality)
    .map((item) => item.id);
  const last = tgan.kept('last', {})[modality];
  return ids.includes(last) ? last : ids[0];
}

const choose = (id) => tgan.lasting(() => pick(id));

function pick(id) {
  tgan.choose(id);
  mark(id);
}

function mark(id) {
  const item = items().find((one) => one.id === id);
  const modality = tgan.modalityOf(item ?? items()[0]);
  if (item) tgan.keep('last', {...tgan.kept('last', {}), [modality]: id});
  check(kinds, modality);
  items().forEach((one, i) => {
    cards.children[i].hidden = tgan.modalityOf(one) !== modality;
  });
  const picked = check(cards, id);
  if (picked) cards.scrollTo({top: picked.offsetTop - 80, left: picked.offsetLeft - 100});
}

// marks one button of a group, which the Tab key reaches; gives it
function check(group, id) {
  const buttons = [...group.querySelectorAll('button')];
  buttons.forEach((button) => {
    button.setAttribute('aria-checked', button.dataset.id === id);
    button.tabIndex = button.dataset.id === id ? 0 : -1;
  });
  return buttons.find((button) => button.dataset.id === id);
}

for (const group of [kinds, cards])
  group.addEventListener('keydown', (event) => {
    const step = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[event.key];
    if (!step) return;
    const all = [...group.querySelectorAll('button:not([hidden])')];
    const next = all[all.indexOf(document.activeElement) + step];
    next?.click();
    next?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
build();
watch('value', build);
tgan.onLang(build);
document.addEventListener('tgan:drew', (event) => mark(event.detail.model));
