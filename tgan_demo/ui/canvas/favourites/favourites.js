// Favourites live in this browser alone: a small picture and the state that made it.
const row = element.querySelector('.row');
const LIMIT = 60;
const PNG = 'data:image/png;base64,';
let all = tgan.kept('favourites', []);
if (!Array.isArray(all)) all = [];

function build() {
  tgan.words(element);
  row.replaceChildren(
    ...all.map((one, i) => {
      const item = document.createElement('div');
      const open = document.createElement('button');
      const image = document.createElement('img');
      const gone = document.createElement('button');
      item.className = 'item';
      item.setAttribute('role', 'listitem');
      open.type = gone.type = 'button';
      open.title = `${one.state.model} · ${tgan.t('seed')} ${one.state.seed}`;
      open.setAttribute('aria-label', open.title);
      image.alt = '';
      if (String(one.picture).startsWith(PNG)) image.src = one.picture;
      open.append(image);
      open.addEventListener('click', () => tgan.restore(one.state));
      gone.className = 'gone';
      gone.textContent = '✕';
      gone.setAttribute('aria-label', tgan.t('fav.remove'));
      gone.addEventListener('click', () => {
        all.splice(i, 1);
        save();
      });
      item.append(open, gone);
      return item;
    }),
  );
}

function save() {
  tgan.keep('favourites', all);
  build();
}

// the first picture of the big grid, as it is now
async function add() {
  const value = tgan.hero?.();
  if (!value?.src || !value.state) return tgan.toast(tgan.t('fav.closed'));
  const sheet = await tgan.picture(value.src);
  const text = JSON.stringify(value.state);
  all = [
    {picture: tgan.small(sheet, value).toDataURL(), state: value.state},
    ...all.filter((one) => JSON.stringify(one.state) !== text),
  ].slice(0, LIMIT);
  save();
  tgan.toast(tgan.t('fav.added'));
}

element.querySelector('#favourite').addEventListener('click', add);
document.addEventListener('tgan:favourite', add);
tgan.onLang(build);
build();
