// Files of a drop or a field, {file, name}: those in dropped folders too, called "birds/cats/1.png".
const MOST = 2000; // as people/arrivals.py takes; one more is refused there in words

export const chosen = (files) =>
  [...files].map((file) => ({file, name: file.webkitRelativePath || file.name}));

export async function filesOf(transfer) {
  // the list is emptied as soon as the event is over: take all entries before the first wait
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return chosen(transfer.files);
  const found = [];
  for (const entry of entries) await gather(entry, found);
  return found;
}

async function gather(entry, found) {
  if (found.length > MOST || entry.name.startsWith('.')) return;
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    found.push({file, name: entry.fullPath.replace(/^\/+/, '')});
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // 100 at most
    if (!some.length) return;
    for (const one of some) await gather(one, found);
  }
}
