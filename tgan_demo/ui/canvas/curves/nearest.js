// Samples of the run beside the training samples nearest to them: twins are learned by heart.
const box = element.querySelector('#train-nearest');
const pictures = box.querySelectorAll('img');
let shown = null;

export async function drawNearest() {
  const {nearest, id} = tgan.run ?? {};
  if (id !== box.dataset.run) {
    box.dataset.run = id ?? '';
    box.hidden = true;
    shown = null;
  }
  if (!nearest || nearest === shown) return;
  shown = nearest;
  const found = await Promise.all(nearest.map((sheet) => tgan.url(sheet)));
  if (shown !== nearest) return; // another came meanwhile
  found.forEach((url, i) => {
    pictures[i].src = url;
    pictures[i].alt = tgan.ofRun('train.nearest.' + (i ? 'real' : 'made'));
  });
  box.hidden = false;
}
