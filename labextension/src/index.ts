import { ILabShell, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';

import { IRenderers, keepWidgets } from './kept';
import { Panel } from './panel/panel';

import '../style/panel.css';

/** What is used of a notebook; its class would bring its package. */
interface INotebook {
  content: { rendermime: IRenderers };
}

const panelPlugin: JupyterFrontEndPlugin<void> = {
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

const widgetPlugin: JupyterFrontEndPlugin<void> = {
  id: 'kerasnb:widgets',
  description: 'Shows what widgets showed where their kernel is gone.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: panel => {
        keepWidgets((panel as unknown as INotebook).content.rendermime);
      }
    });
  }
};

export default [panelPlugin, widgetPlugin];
