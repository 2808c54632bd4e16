// The user's own item: opened, dropped or typed; D judges it.
import {$, root} from './view.js';

export const file = () => document.querySelector('#inside-upload input[type=file]');

let patience = 0;
const stage = $('.stage');
for (const kind of ['dragover', 'dragleave', 'drop']) {
  stage.addEventListener(kind, (event) => {
    event.preventDefault();
    stage.classList.toggle('over', kind === 'dragover');
    const input = file();
    if (kind !== 'drop' || !input || !event.dataTransfer.files.length) return;
    const one = new DataTransfer(); // the upload button takes it from here, with Gradio's own checks
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    input.dispatchEvent(new Event('change', {bubbles: true}));
  });
}
document.addEventListener(
  'change',
  (event) => {
    if (event.target !== file() || !event.target.files?.length) return;
    wait();
  },
  true,
);

$('.type').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('.type input').value.trim();
  if (!text) return;
  wait();
  trigger('typed', {text});
});

// Busy until the answer comes; an upload may have been refused.
function wait() {
  root.dataset.busy = '1';
  clearTimeout(patience);
  patience = setTimeout(arrived, 20000);
}

// The answer came.
export function arrived() {
  delete root.dataset.busy;
  clearTimeout(patience);
}
