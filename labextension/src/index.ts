import { ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';

import { Panel } from './panel/panel';

import '../style/panel.css';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'kerasnb:plugin',
  description: 'A panel with the models and trainings of the current notebook.',
  autoStart: true,
  optional: [ITranslator, ILabShell],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null, lab: ILabShell | null) => {
    const language = translator?.languageCode.toLowerCase().startsWith('zh') ? 'zh' : null;
    const panel = new Panel(app, language, lab === null);
    app.shell.add(panel, 'left', { rank: 850 });
    app.commands.addCommand('kerasnb:open-panel', {
      label: panel.title.caption,
      execute: () => app.shell.activateById(panel.id)
    });
  }
};

export default plugin;
