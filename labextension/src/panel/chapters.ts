import { Contents } from '@jupyterlab/services';

/**
 * Save a chapter as a new file and return its path.
 *
 * Beside the working copy, where `kerasnb lab` has made one; else beside the current notebook.
 * No file is written over.
 *
 * @param name - The chapter's, "en/01-first-network.ipynb".
 * @param folder - The current notebook's.
 */
export async function saveFresh(
  contents: Contents.IManager,
  name: string,
  content: object,
  folder: string
): Promise<string> {
  const [language, file] = name.split('/');
  const place = (await exists(contents, name)) ? language : folder;
  const inPlace = (other: string) => (place ? `${place}/${other}` : other);
  const stem = file.replace(/\.ipynb$/, '');
  let path = inPlace(file);
  for (let number = 2; await exists(contents, path); number++) {
    path = inPlace(`${stem}-${number}.ipynb`);
  }
  await contents.save(path, { type: 'notebook', format: 'json', content });
  return path;
}

/** Whether there is a file; its folder is listed, as asking for what is not there is an error. */
async function exists(contents: Contents.IManager, path: string): Promise<boolean> {
  const parts = path.split('/');
  let folder = '';
  for (const part of parts) {
    const listed = await contents.get(folder, { content: true, type: 'directory' });
    const names = (listed.content as Contents.IModel[]).map(model => model.name);
    if (!names.includes(part)) {
      return false;
    }
    folder = folder ? `${folder}/${part}` : part;
    if (folder === path) {
      return true;
    }
  }
  return false;
}
