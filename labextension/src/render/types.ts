/** What Python tells of a display: docs/displays.md, as types. */

export interface IDescription {
  version: number;
  kind: string;
  title: string;
  text: string;
  language: string;
  labels: { [key: string]: string };
}

export interface IPicture {
  png: string;
  width: number;
  height: number;
  alt: string;
}

export interface IHistogram {
  edges: number[];
  counts: number[];
}

export interface IStatistics {
  count: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
  norm: number | null;
  zeros: number;
  not_finite: number;
}

export interface IWeight {
  name: string;
  shape: string;
  parameters: number;
  trainable: boolean;
  memory?: number;
  statistics: IStatistics | null;
  histogram: IHistogram | null;
  picture?: IPicture | null;
}

export interface ICall {
  index: number;
  inputs: string[];
  input_shapes: string[];
  output_shapes: string[];
  multiply_adds?: number | null;
}

export interface ISummaryLayer {
  name: string;
  class: string;
  depth: number;
  model: boolean;
  trainable: boolean;
  parameters: number;
  trainable_parameters: number;
  memory: number;
  shape: string;
  multiply_adds: number | null;
  calls: ICall[];
}

export interface ISummary extends IDescription {
  totals: {
    layers: number;
    parameters: number;
    trainable: number;
    fixed: number;
    memory: number;
    activations: number | null;
    multiply_adds: number | null;
  };
  layers: ISummaryLayer[];
}

export interface IBox {
  id: string;
  layer: string;
  key: string;
  call: number | null;
  label: string;
  class: string;
  x: number;
  y: number;
  width: number;
  height: number;
  family: string;
  frame: boolean;
  depth: number;
  input_shape: string;
  output_shape: string;
  parameters: number;
  trainable: boolean;
}

export interface IArrow {
  from: string;
  to: string;
  points: [number, number][];
}

export interface IDrawing {
  width: number;
  height: number;
  boxes: IBox[];
  arrows: IArrow[];
}

export type Settings = [string, string][];

export interface ILayerDetails {
  config: Settings;
  calls: ICall[];
  weights: IWeight[];
}

export interface IBatchTensor {
  name: string;
  shape: string;
  statistics: IStatistics;
  histogram: IHistogram | null;
  picture: IPicture | null;
  caption: string;
  dead: number | null;
  units: number | null;
}

export interface IBatchLayer {
  activations: IBatchTensor[];
  gradients: IBatchTensor[];
  signs: { sign: string; text: string }[];
}

export interface IBatch {
  samples: number;
  facts: string[];
  details: { [key: string]: IBatchLayer };
}

export interface IGraph extends IDescription {
  view: string;
  part?: { first: string | null; last: string | null };
  views: { [name: string]: IDrawing };
  details: { [key: string]: ILayerDetails };
  defaults: { [name: string]: Settings };
  batch?: IBatch;
}

export interface IEnd {
  name: string;
  shape: string;
  dtype: string;
  from: string | null;
}

export interface IStep {
  name: string;
  op: string;
  inputs: string[];
  parameters: string;
  shape: string;
  formula: string;
  steps: IStep[] | null;
}

export interface IInspection extends IDescription {
  subject: string;
  about: string;
  trainable: boolean;
  config: Settings;
  models: string[];
  nodes: { index: number; inputs: IEnd[]; outputs: IEnd[]; models: string[] }[];
  weights: IWeight[];
  node_index: number;
  steps: IStep[];
  hidden_steps: number;
}

export type Point = [number, number | null];

export interface ISeries {
  name: string;
  run: string;
  split: 'train' | 'validation';
  axis: 'batch' | 'epoch';
  points: Point[];
}

export interface ITraining extends IDescription {
  model: { name: string };
  progress: { steps: number | null } | null;
  facts: string[];
  done: number;
  log?: boolean;
  series: ISeries[];
  last: {
    name: string;
    run: string;
    train: number | null;
    validation: number | null;
    best: number | null;
    best_epoch: number | null;
  }[];
  signs: string[];
}

export interface IValues extends IDescription {
  tensors: {
    name: string;
    shape: string;
    statistics: IStatistics;
    histogram: IHistogram;
    pictures: { label: string; picture: IPicture }[];
    hidden: number;
  }[];
  signs: { sign: string; text: string }[];
}

export interface ISample {
  index: number;
  label: number | null;
  name: string | null;
  predicted: number | null;
  predicted_name: string | null;
  picture: IPicture | null;
  text: string | null;
  values: [string, number | null][] | null;
}

export interface IDataset extends IDescription {
  facts: string[];
  total: number;
  start: number;
  page_size: number;
  classes: { label: number; name: string; count: number }[];
  samples: ISample[];
}

export interface IConfusion extends IDescription {
  classes: string[];
  matrix: number[][];
  rows: { name: string; count: number; precision: number | null; recall: number | null }[];
  mixed_up: { true: string; predicted: string; count: number }[];
}

export interface IPoints extends IDescription {
  facts: string[];
  points: { x: number; y: number; label: number | null; name: string | null }[];
}

export interface ITiming extends IDescription {
  step: number;
  calls: number;
  runs: number;
  device: string;
  memory: number;
  kernels: number;
  shared: number;
  rows: {
    layer: string;
    class: string;
    seconds: number;
    share: number;
    forward: number;
    backward: number;
    optimizer: number;
    calls: number;
    operations: number;
    memory: number;
    weights: number;
  }[];
}

/** Draws descriptions of one kind, and goes on with the next one in place. */
export interface IView<D extends IDescription> {
  readonly node: HTMLElement;
  update(description: D): void;
  /** Show what a widget has chosen: the key of a layer, '' for none. */
  choose?(key: string): void;
  dispose?(): void;
}

/** Returns the words of a key, with values filled in. */
export type Say = (key: string, values?: { [name: string]: string | number }) => string;
