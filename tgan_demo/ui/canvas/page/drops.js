// Files dropped anywhere on the page but where a part takes them itself. One that was saved here brings its
// settings back (drop.js); of others one is sought in the model, judged by D or trained on, more are trained on.
const LOOK_MS = 100;
const BRINGS_MS = 60_000;
const MOST_SAVED = 8 * 2 ** 20; // bytes
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
  if (files.length) take(files);
});

async function take(files) {
  const [one] = files;
  if (files.length === 1 && tgan.settingsOf && (await isSaved(one))) tgan.settingsOf(one);
  else propose(files);
}

// whether it holds settings; files.png and files.riff of the server write them
async function isSaved(file) {
  if (file.size > MOST_SAVED) return false;
  const text = new TextDecoder('latin1').decode(await file.arrayBuffer());
  return /^(?:.PNG|RIFF)/.test(text) && text.includes('tgan_demo\0');
}

function propose(files) {
  if (!offer) {
    offer = document.createElement('div');
    offer.id = 'tg-offer';
    offer.setAttribute('role', 'status');
    document.body.append(offer);
  }
  const [one] = files;
  const isOne = files.length === 1;
  const name = one.name.slice(-40);
  const train = tgan.t(isOne ? 'drop.train.one' : 'drop.train', {n: files.length, name});
  const ways = [
    ...(isOne ? [way(tgan.t('drop.own'), () => search(one)), way(tgan.t('drop.judge'), () => ask(one))] : []),
    way(train, () => {
      tgan.openTab('train');
      bring(files);
    }),
  ];
  const close = way('✕', () => {});
  close.setAttribute('aria-label', tgan.t('drop.close'));
  ways[0].classList.add('go');
  close.classList.add('close');
  offer.replaceChildren(...ways, close);
  offer.hidden = false;
  ways[0].focus({preventScroll: true});
}

function way(text, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  button.addEventListener('click', () => {
    offer.hidden = true;
    act();
  });
  return button;
}

// Calls `then` once `test` holds: what is in a tab comes to be when that is opened.
function once(test, then, looks = 100) {
  if (test()) then();
  else if (looks) setTimeout(() => once(test, then, looks - 1), LOOK_MS);
}

function search(file) {
  tgan.openEdit('own');
  once(
    () => tgan.invert,
    () => tgan.invert(file),
  );
}

function ask(file) {
  tgan.openTab('inside');
  once(
    () => tgan.judge,
    () => tgan.judge(file),
  );
}

// a section of Edit, the part of Play below the picture
tgan.openEdit = (section) => {
  tgan.openTab('play');
  const fold = document.querySelector('#edit-part > button');
  if (fold && !document.querySelector('#edit-sections')?.checkVisibility()) fold.click();
  const tab = () => document.getElementById(`edit-${section}-button`);
  once(tab, () => {
    tab().click();
    tab().scrollIntoView({block: 'center'});
  });
};

// into the Train tab's own field, once that is there
function bring(files) {
  const field = () => document.getElementById('train-files');
  once(
    () => field() && tgan.training?.request,
    () => put(files, field()),
  );
}

function put(files, field) {
  const bundle = new DataTransfer();
  for (const file of files) bundle.items.add(file);
  tgan.training.isProposed = true; // setup.js keeps what can be learned from, and chooses a start
  setTimeout(() => (tgan.training.isProposed = false), BRINGS_MS); // it was refused
  field.files = bundle.files;
  field.dispatchEvent(new Event('change', {bubbles: true}));
}
