// A PNG made here carries its settings: drop it anywhere on the Play tab, or choose it.
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
const mine = (event) =>
  tgan.tab === 'play' &&
  event.dataTransfer?.types?.includes('Files') &&
  !event.target.closest?.('.upload-container, [data-own-drop]');
window.addEventListener('dragover', (event) => {
  if (mine(event)) {
    event.preventDefault();
    document.body.classList.add('dropping');
  }
});
window.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) document.body.classList.remove('dropping');
});
window.addEventListener('drop', (event) => {
  document.body.classList.remove('dropping');
  if (!mine(event)) return;
  event.preventDefault();
  read(event.dataTransfer.files[0]);
});
