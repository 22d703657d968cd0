import { batchOf } from './batch';
import { button, opening, pairs, table } from './controls';
import { html } from './dom';
import { count } from './numbers';
import { IBox, IGraph, ILayerDetails, Say, Settings } from './types';
import { weightList } from './weights';

/** What is known of a layer of a graph: its calls, settings and weights. */
export function layerPane(
  graph: IGraph,
  box: IBox,
  say: Say,
  close: () => void,
  tools: Element
): Element {
  const known: ILayerDetails | undefined = graph.details[box.key];
  const facts: [string, string][] = [
    [say('class'), box.class],
    [say('parameters'), count(box.parameters)],
    [say('trained'), say(box.trainable ? 'yes' : 'no')]
  ];
  const parts: (Element | null)[] = [pairs(facts), tools];
  const ofBatch = graph.batch?.details[box.key];
  if (ofBatch) {
    parts.push(batchOf(graph.batch!, ofBatch, say));
  }
  if (known?.calls.length) {
    const rows = known.calls.map(call => [
      `${box.layer}[${call.index}]`,
      call.inputs.join(', '),
      call.input_shapes.join(', '),
      call.output_shapes.join(', ')
    ]);
    const heads = ['call', 'connected_to', 'input_shape', 'output_shape'].map(head => say(head));
    parts.push(table(say('calls'), heads, rows, 4));
  }
  if (known?.weights.length) {
    parts.push(
      html('p', { class: 'jp-kerasnb-Title' }, say('weights')),
      weightList(known.weights, say)
    );
  }
  const config = settings(graph.defaults[box.class] ?? [], known?.config ?? []);
  if (config.length) {
    parts.push(opening(say('config'), () => pairs(config), true));
  }
  const heading = html('p', { class: 'jp-kerasnb-Title', tabindex: -1 }, box.label);
  return html(
    'section',
    {
      'aria-label': box.label,
      keydown: (event: KeyboardEvent) => event.key === 'Escape' && close()
    },
    html('header', {}, heading, button('✕', close, say('close'))),
    ...parts
  );
}

/** What the layers of a class have in common, but for what a layer has of its own. */
function settings(common: Settings, own: Settings): Settings {
  const mine = new Map(own);
  return [
    ...own,
    ...common.filter(([name]) => !mine.has(name))
  ];
}
