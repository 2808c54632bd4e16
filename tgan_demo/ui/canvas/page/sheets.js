// Sheets: many small items on one picture, as Python sends them: {kind, ...}. The table below is the only
// place that tells kinds apart: what sends one of these kinds needs no script of its own.
//   raster {png}           a picture, as a data URL
//   written {texts | cells, grid, cols, size, tall, pad, numbered}   letters, set by written.js
//   played {png, sounds}   a picture, and a WAV for each item, as data URLs
//   film {png, frames}     a picture that holds the sheet of each frame, from the top down
// tgan.picture loads one as an image or a canvas; everybody else asks what it has:
//   kind     as above, for words
//   frames   how many it plays, all in step (clock.js); 1: it stands still
//   sounds   what its items sound like, or null
//   smooth   enlarged as letters are; else pixel by pixel
const PLAIN = {frames: 1, sounds: null, smooth: false};
const raster = ({png}, more = {}) =>
  new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(Object.assign(image, PLAIN, more));
    image.onerror = reject;
    image.src = png;
  });
// `load` gives the picture; `still` a data URL of it that neither moves nor sounds.
tgan.sheets = {
  raster: {load: raster, still: ({png}) => png},
  written: {
    load: async (sheet) => Object.assign(tgan.written(sheet), {...PLAIN, smooth: true}),
    still: (sheet) => tgan.written(sheet).toDataURL('image/png'),
  },
  played: {load: ({png, sounds}) => raster({png}, {sounds}), still: ({png}) => png},
  film: {load: ({png, frames}) => raster({png}, {frames}), still: firstFrame},
};
tgan.picture = async (sheet) => {
  const image = await tgan.sheets[sheet.kind].load(sheet);
  return Object.assign(image, {kind: sheet.kind});
};
tgan.url = async (sheet) => sheet && tgan.sheets[sheet.kind].still(sheet);

// Height of one frame's sheet, and where the sheet of a frame (now's) begins; also of what stands still.
tgan.tall = (image) => image.height / image.frames;
tgan.top = (image, frame = tgan.clock.frame(image.frames)) => frame * tgan.tall(image);
// Draws item i of a sheet value {cols, w, h} (now's frame) into a box of a canvas.
tgan.put = (context, image, {cols, w, h}, i, x, y, width, height) => {
  const top = tgan.top(image) + Math.floor(i / cols) * h;
  context.drawImage(image, (i % cols) * w, top, w, h, x, y, width, height);
};
// Item i of a sheet value on a canvas of its own, as it is or in another size.
tgan.small = (image, value, i = 0, width = value.w, height = value.h) => {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, {width, height});
  tgan.put(canvas.getContext('2d'), image, value, i, 0, 0, width, height);
  return canvas;
};
// A sheet value as large as it is shown: letters are set anew, `side` screen pixels an item; pixels stay.
tgan.sized = (value, side) => {
  const {size} = value.src;
  if (!size) return value;
  const h = Math.round((value.h * side) / value.w);
  return {...value, src: {...value.src, size: side}, w: side, h};
};
// Pixels are enlarged one by one, letters smoothly.
tgan.smooth = (context, image) => {
  context.imageSmoothingEnabled = !!image?.smooth;
  context.imageSmoothingQuality = 'high';
};

async function firstFrame(sheet) {
  const image = await tgan.sheets[sheet.kind].load(sheet);
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = tgan.tall(image);
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/png');
}
