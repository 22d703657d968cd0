import { ConfusionView } from './confusion';
import { DatasetView } from './dataset';
import { GraphView } from './graph';
import { InspectionView } from './inspection';
import { PointsView } from './points';
import { SummaryView } from './summary';
import { TimingView } from './timing';
import { TrainingView } from './training';
import { IDescription, IView, Say } from './types';
import { ValuesView } from './values';

const VIEWS: { [kind: string]: new (say: Say) => IView<never> } = {
  summary: SummaryView,
  graph: GraphView,
  inspection: InspectionView,
  training: TrainingView,
  values: ValuesView,
  dataset: DatasetView,
  confusion: ConfusionView,
  points: PointsView,
  timing: TimingView
};

/** Return what draws a kind of description; null for a kind of later versions. */
export function viewOf({ kind, labels }: IDescription): IView<IDescription> | null {
  if (!Object.prototype.hasOwnProperty.call(VIEWS, kind)) {
    return null;
  }
  const say: Say = (key, values = {}) =>
    (labels[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
  return new VIEWS[kind](say) as unknown as IView<IDescription>;
}
