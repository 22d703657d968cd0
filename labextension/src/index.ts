import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'kerasnb:plugin',
  description: 'kerasnb in JupyterLab.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    console.log(`kerasnb: extension activated in ${app.name} ${app.version}`);
  }
};

export default plugin;
