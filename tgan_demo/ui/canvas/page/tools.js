// Small tools: values of Gradio's fields, notes to the user, the clipboard, files.
// Gives a textbox or number a value as if typed, so that Gradio and the server see it.
tgan.set = (id, value) => {
  const field = document.querySelector(`#${id} textarea, #${id} input`);
  if (!field || field.value === String(value)) return false;
  const kind = field.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, String(value));
  if (id === 'model-id') tgan.wait();
  field.dispatchEvent(new Event('input', {bubbles: true}));
  field.dispatchEvent(new Event('change', {bubbles: true}));
  return true;
};
// Another model has other classes, and other places in its w.
tgan.choose = (model) => {
  if (!tgan.set('model-id', model)) return;
  tgan.set('label-id', '');
  tgan.set('edit-id', '');
};
// Whether a key belongs to a field, a dialog or the browser rather than to the page.
const FIELDS =
  'input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]';
tgan.isTyping = (event) =>
  event.ctrlKey ||
  event.metaKey ||
  event.altKey ||
  event.isComposing ||
  !!document.querySelector('dialog[open]') ||
  !!event.target.closest?.(FIELDS);
tgan.get = (id) => document.querySelector(`#${id} textarea, #${id} input`)?.value ?? '';

tgan.toast = (text, kind = '') => {
  let box = document.getElementById('tg-toast');
  if (!box) {
    box = document.createElement('div');
    box.id = 'tg-toast';
    box.setAttribute('role', 'status');
    document.body.append(box);
  }
  box.textContent = text;
  box.className = 'on ' + kind;
  clearTimeout(tgan.toastTimer);
  tgan.toastTimer = setTimeout(() => box.classList.remove('on'), kind ? 9000 : 2600 + 20 * text.length);
};
tgan.copy = async (text, said) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // plain http has no clipboard API
    const area = document.createElement('textarea');
    area.value = text;
    area.style.cssText = 'position:fixed;opacity:0';
    (document.querySelector('dialog[open]') ?? document.body).append(area); // a dialog lets nothing else be chosen
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  tgan.copied = text;
  tgan.toast(said || tgan.t('copied'));
};
tgan.download = (name, mime, base64) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], {type: mime}));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
tgan.base64 = async (file) => {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) {
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  }
  return btoa(text);
};
