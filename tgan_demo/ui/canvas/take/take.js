// A model from a file. Fires 'bring' {files: [{at, name}]}; the answer is a new value.
const field = element.querySelector('input');
const sending = tgan.sender(element.querySelector('.tg-sending'));
tgan.words(element);
tgan.onLang(() => tgan.words(element));

field.addEventListener('change', async () => {
  const [file] = field.files;
  field.value = '';
  if (!file) return;
  const paths = await sending.send([file]);
  if (!paths) return;
  sending.look(tgan.t('train.take.busy'));
  trigger('bring', {files: [{at: paths[0], name: file.name}]});
});
watch('value', () => sending.end());
