// The user's own files: brought, cropped, pasted, kept or dropped; data sets of the hub.
import {$, data, state, t} from './choice.js';
import {chosen, filesOf} from './folders.js';
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
// own files are sent, then looked at; nothing is kept before it was shown
const files = $('#train-files');
const zone = $('.drop');
const sending = tgan.sender($('#train-sending'));

async function bring(list) {
  if (!list.length) return;
  const paths = await sending.send(list.map(({file}) => file));
  if (!paths) return;
  sending.look(t('train.upload.busy'));
  trigger('bring', {files: paths.map((path, i) => ({at: path, name: list[i].name}))});
}

export const came = () => sending.end();

files.addEventListener('change', () => {
  bring(chosen(files.files));
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
  filesOf(event.dataTransfer).then(bring, () => sending.say(t('train.upload.unread')));
});
let asked = 0; // previews; an answer to an older question than the last must not undo a choice
export const isLate = (crop) => crop.ask !== undefined && crop.ask !== asked;
const choices = () => ({
  side: Number($('#train-side').value),
  channels: Number($('#train-colours').value),
  frames: $('.frames input').checked,
  by_folder: $('.folders input').checked,
  rule: $('#train-split .rule').value,
});
const again = (options) => trigger('crop', {...options, ask: ++asked});
for (const name of ['#train-side', '#train-colours', '.folders input', '#train-split .rule'])
  $(name).addEventListener('change', () => {
    const now = choices();
    // whatever is drawn before the answer has them already
    Object.assign(state.crop, {side: now.side, channels: now.channels, by_folder: now.by_folder});
    again(now);
  });
// as clips or as stills: each has sizes of its own
$('.frames input').addEventListener('change', (event) => again({frames: event.target.checked}));
$('#train-paste-go').addEventListener('click', () => {
  if ($('#train-paste').value.trim())
    trigger('paste', {text: $('#train-paste').value, rule: $('.paste .rule').value});
});
$('#train-keep').addEventListener('click', () => {
  asked++;
  trigger('keep', {...choices(), title: $('#train-crop-title').value});
  $('#train-crop-title').value = '';
});
$('#train-drop').addEventListener('click', () => {
  asked++;
  state.crop = null;
  $('#train-crop-title').value = '';
  pictures();
  trigger('drop');
});
const getHub = () => {
  const name = $('#train-hub-name').value.trim();
  if (!name) return;
  busy(true);
  setTimeout(() => busy(false), name.includes('/') ? 330000 : 60000); // as long as one may take
  trigger('hub', {
    name,
    split: $('#train-hub-split').value.trim(),
    column: $('#train-hub-column').value.trim(),
  });
};
$('#train-hub-get').addEventListener('click', getHub);
for (const id of ['name', 'split', 'column'])
  $(`#train-hub-${id}`).addEventListener('keydown', (event) => {
    if (event.key === 'Enter') getHub();
  });
