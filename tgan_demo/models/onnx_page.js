// Draws with generator.onnx in a page that needs no server: all it reads stands in the page itself.

const SIDE = 4; // samples across and down
const MS_A_FRAME = 125;
const at = (id) => document.getElementById(id);
const isChinese = navigator.language.startsWith('zh');
const about = JSON.parse(at('about').textContent);

function bytes(id) {
  return Uint8Array.from(atob(at(id).textContent), (letter) => letter.charCodeAt(0));
}

/** z of a seed: normal numbers by Box and Muller from mulberry32. Not those of the studio's seeds. */
function noise(seed, count) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Float32Array.from({length: count}, normal);
}

async function started() {
  const source = new Blob([atob(at('library').textContent)], {type: 'text/javascript'});
  const ort = await import(URL.createObjectURL(source));
  ort.env.wasm.numThreads = 1; // more want headers that only a server sends
  ort.env.wasm.wasmBinary = bytes('wasm').buffer;
  return {ort, session: await ort.InferenceSession.create(bytes('model'))};
}

/** One frame of all samples, side by side; `planes` says where in a signal each of its numbers lies. */
function paint(signal, frame) {
  const [, channels, height, width] = about.shape;
  const canvas = at('sheet');
  const [area, size] = [height * width, signal.length / (SIDE * SIDE)];
  if (canvas.width !== SIDE * width || canvas.height !== SIDE * height)
    Object.assign(canvas, {width: SIDE * width, height: SIDE * height});
  const context = canvas.getContext('2d');
  const picture = context.createImageData(width, height);
  for (let k = 0; k < SIDE * SIDE; k++) {
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) {
        const place = about.planes[(frame * channels + (channels === 3 ? c : 0)) * area + i];
        picture.data[4 * i + c] = Math.round((signal[k * size + place] + 1) * 127.5);
      }
      picture.data[4 * i + 3] = 255;
    }
    context.putImageData(picture, (k % SIDE) * width, Math.floor(k / SIDE) * height);
  }
}

async function main() {
  const {ort, session} = await started();
  const count = SIDE * SIDE;
  let signal = null;
  let wanted = 0;
  let running = Promise.resolve();

  async function draw(turn) {
    if (turn !== wanted) return; // something newer was asked for
    const seed = Number(at('seed').value);
    const z = new Float32Array(count * about.z);
    for (let k = 0; k < count; k++) z.set(noise(seed + k, about.z), k * about.z);
    const chosen = at('label').value;
    const label = BigInt64Array.from({length: count}, (_, k) =>
      BigInt(chosen === '' ? (seed + k) % Math.max(1, about.classes.length) : chosen),
    );
    const begun = performance.now();
    const made = await session.run({
      z: new ort.Tensor('float32', z, [count, about.z]),
      label: new ort.Tensor('int64', label, [count]),
      psi: new ort.Tensor('float32', [Number(at('psi').value)], [1]),
    });
    signal = made.signal.data;
    paint(signal, 0);
    const ms = Math.round(performance.now() - begun);
    at('said').textContent = isChinese ? `${count} 个样本，${ms} 毫秒` : `${count} samples in ${ms} ms`;
  }
  function ask() {
    const turn = ++wanted;
    running = running.then(() => draw(turn));
    return running;
  }

  at('label').add(new Option(isChinese ? '任意' : 'any', ''));
  about.classes.forEach((name, k) => at('label').add(new Option(name, k)));
  at('of-class').hidden = about.classes.length === 0;
  at('controls').addEventListener('input', ask);
  await ask();
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let frame = 0;
  if (about.shape[0] > 1 && !still)
    setInterval(() => paint(signal, (frame = (frame + 1) % about.shape[0])), MS_A_FRAME);
}

if (isChinese) {
  document.documentElement.lang = 'zh';
  for (const word of document.querySelectorAll('[data-zh]')) word.textContent = word.dataset.zh;
}
try {
  await main();
} catch (error) {
  const said = isChinese ? '此浏览器无法绘制：' : 'This browser cannot draw it: ';
  at('said').textContent = said + error.message;
}
