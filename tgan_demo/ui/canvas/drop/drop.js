// A PNG, WebP or WAV made here carries its settings: choose it here, or drop it anywhere on the page.
const input = element.querySelector('input');
const LIMIT = 8 * 1024 * 1024;
tgan.words(element);
tgan.onLang(() => tgan.words(element));

async function read(file) {
  if (!file) return;
  if (file.size > LIMIT) return tgan.toast(tgan.t('drop.big'));
  trigger('png', {data: await tgan.base64(file), name: file.name.slice(0, 120)});
}

input.addEventListener('change', () => {
  read(input.files[0]);
  input.value = '';
});
tgan.settingsOf = read; // of a file that was dropped on the page: drops.js
