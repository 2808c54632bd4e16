// Files dropped anywhere on the page but where a part takes them itself. A PNG on Play may hold settings
// (drop.js); others are offered as what a bundled model can be trained further on.
const LOOK_MS = 100;
const BRINGS_MS = 60_000;
const isMine = (event) =>
  !event.defaultPrevented &&
  !tgan.showing &&
  event.dataTransfer?.types?.includes('Files') &&
  !event.target.closest?.('.upload-container, [data-own-drop]');
let offer = null;

window.addEventListener('dragover', (event) => {
  if (!isMine(event)) return;
  event.preventDefault();
  document.body.classList.add('dropping');
});
window.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) document.body.classList.remove('dropping');
});
window.addEventListener('drop', (event) => {
  document.body.classList.remove('dropping');
  if (!isMine(event)) return;
  event.preventDefault(); // or the browser would leave the page for the file
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
  if (entries.some((entry) => entry?.isDirectory)) return tgan.toast(tgan.t('drop.folder'));
  const files = [...event.dataTransfer.files];
  const isOne = files.length === 1 && files[0].name.toLowerCase().endsWith('.png');
  if (isOne && tgan.tab === 'play' && tgan.settingsOf) tgan.settingsOf(files[0]);
  else if (files.length) propose(files);
});

function propose(files) {
  if (!offer) {
    offer = document.createElement('div');
    offer.id = 'tg-offer';
    offer.setAttribute('role', 'status');
    offer.innerHTML =
      '<button type="button" class="go"></button><button type="button" class="close">✕</button>';
    document.body.append(offer);
    offer.querySelector('.close').addEventListener('click', () => {
      offer.hidden = true;
    });
  }
  const [go, close] = offer.children;
  go.textContent = tgan.t(files.length > 1 ? 'drop.train' : 'drop.train.one', {
    n: files.length,
    name: files[0].name.slice(-40),
  });
  close.setAttribute('aria-label', tgan.t('drop.close'));
  go.onclick = () => {
    offer.hidden = true;
    tgan.openTab('train');
    bring(files);
  };
  offer.hidden = false;
  go.focus({preventScroll: true});
}

// into the Train tab's own field, once that is there
function bring(files, looks = 100) {
  const field = document.getElementById('train-files');
  if (!field || !tgan.training?.request) return looks && setTimeout(() => bring(files, looks - 1), LOOK_MS);
  const bundle = new DataTransfer();
  for (const file of files) bundle.items.add(file);
  tgan.training.isProposed = true; // setup.js keeps what can be learned from, and chooses a start
  setTimeout(() => (tgan.training.isProposed = false), BRINGS_MS); // it was refused
  field.files = bundle.files;
  field.dispatchEvent(new Event('change', {bubbles: true}));
}
