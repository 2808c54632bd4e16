// The user's own files: brought, cropped, pasted, kept or dropped; data sets of the hub.
import {$, data, state, t} from './choice.js';
import {filesOf} from './folders.js';
import {pictures} from './pictures.js';

export function busy(on) {
  $('#train-hub-get').disabled = on;
  $('#train-hub-get').textContent = t(on ? 'train.hub.busy' : 'train.hub.get');
}

let sure = 0;
// two clicks, no dialog
$('#train-forget').addEventListener('click', (event) => {
  if (Date.now() - sure < 4000) {
    sure = 0;
    trigger('forget', {id: data.value});
    return;
  }
  sure = Date.now();
  event.target.textContent = t('train.sure');
  setTimeout(pictures, 4100);
});
// own pictures go through Gradio's own file field, which stores and bounds them
const files = $('#train-files');
const zone = $('.drop');

function bring(list) {
  const field = document.querySelector('#train-upload input[type=file]');
  if (!list?.length || !field) return;
  const bundle = new DataTransfer();
  [...list].forEach((file) => bundle.items.add(file));
  field.files = bundle.files;
  field.dispatchEvent(new Event('change', {bubbles: true}));
  uploading(true);
}

// busy until the answer comes, or Gradio says that none will
const failing = new MutationObserver((changes) => {
  const nodes = changes.flatMap((change) => [...change.addedNodes]);
  if (nodes.some((node) => node.querySelector?.('.toast-body.error') || node.matches?.('.toast-body.error')))
    uploading(false);
});

export function uploading(on) {
  zone.classList.toggle('busy', on);
  zone.querySelector('span').textContent = t(on ? 'train.upload.busy' : 'train.upload');
  if (on) failing.observe(document.body, {childList: true, subtree: true});
  else failing.disconnect();
}

files.addEventListener('change', () => {
  bring(files.files);
  files.value = '';
});
zone.addEventListener('dragover', (event) => {
  event.preventDefault();
  zone.classList.add('over');
});
zone.addEventListener('dragleave', () => zone.classList.remove('over'));
zone.addEventListener('drop', (event) => {
  event.preventDefault();
  event.stopPropagation();
  zone.classList.remove('over');
  filesOf(event.dataTransfer).then(bring, () => tgan.toast(t('train.upload.unread'), 'bad'));
});
const cut = () =>
  trigger('crop', {
    side: Number($('#train-side').value),
    channels: Number($('#train-colours').value),
    by_folder: $('.folders input').checked,
  });
for (const name of ['#train-side', '#train-colours', '.folders input'])
  $(name).addEventListener('change', cut);
$('.frames input').addEventListener('change', (event) => trigger('crop', {frames: event.target.checked}));
$('#train-split .rule').addEventListener('change', (event) => trigger('crop', {rule: event.target.value}));
$('#train-paste-go').addEventListener('click', () => {
  if ($('#train-paste').value.trim())
    trigger('paste', {text: $('#train-paste').value, rule: $('.paste .rule').value});
});
$('#train-keep').addEventListener('click', () => {
  trigger('keep', {
    rule: $('#train-split .rule').value,
    side: state.crop.side,
    channels: state.crop.channels,
    frames: state.crop.frames > 1,
    by_folder: state.crop.by_folder,
    title: $('#train-crop-title').value,
  });
  $('#train-crop-title').value = '';
});
$('#train-drop').addEventListener('click', () => {
  state.crop = null;
  $('#train-crop-title').value = '';
  pictures();
  trigger('drop');
});
const getHub = () => {
  const name = $('#train-hub-name').value.trim();
  if (!name) return;
  busy(true);
  setTimeout(() => busy(false), 60000);
  trigger('hub', {name});
};
$('#train-hub-get').addEventListener('click', getHub);
$('#train-hub-name').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') getHub();
});
