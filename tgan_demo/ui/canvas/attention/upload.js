// The user's own item: opened, dropped or typed; D judges it.
import {$, root, t} from './view.js';

const stage = $('.stage');
const field = $('#inside-upload input');
const sending = tgan.sender($('.tg-sending'));
let rest = () => {};
export const choose = () => field.click();

async function bring([file]) {
  if (!file) return;
  const paths = await sending.send([file]);
  if (!paths) return;
  sending.end();
  wait();
  trigger('bring', {files: [{at: paths[0], name: file.name}]});
}

tgan.judge = (file) => bring([file]); // a file that was dropped on the page: drops.js
field.addEventListener('change', () => {
  bring([...field.files]);
  field.value = '';
});
for (const kind of ['dragover', 'dragleave', 'drop']) {
  stage.addEventListener(kind, (event) => {
    event.preventDefault();
    stage.classList.toggle('over', kind === 'dragover');
    if (kind === 'drop') bring([...event.dataTransfer.files]);
  });
}

$('.type').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('.type input').value.trim();
  if (!text) return;
  wait();
  trigger('typed', {text});
});

// Busy until the answer comes, or an error in its place.
function wait() {
  arrived();
  $('.busy').textContent = t('inside.busy.upload');
  root.dataset.busy = '1';
  rest = tgan.onTrouble(arrived);
}

// The answer came.
export function arrived() {
  delete root.dataset.busy;
  rest();
}
