/** What kernel and panel say to each other: docs/panel.md. */

export const NAME = 'kerasnb.v1';

export type Language = 'en' | 'zh';

export interface ITraining {
  number: number;
  model: { name: string; class: string };
  state: 'running' | 'paused' | 'finished' | 'stopped' | 'interrupted' | 'failed';
  progress: {
    epoch?: number;
    epochs?: number;
    step?: number;
    steps?: number;
    seconds?: number;
    left?: number;
    rate?: number;
    learning_rate?: number;
  };
  metrics: { [name: string]: number };
  in_main_thread: boolean;
}

export interface IModel {
  name: string;
  class: string;
  layers: number;
  parameters?: number;
  compiled: boolean;
}

export interface IState {
  language: Language;
  models: { [name: string]: IModel };
  trainings: { [number: string]: ITraining };
}

export interface IDataset {
  name: string;
  title: string;
  edition: 'full' | 'mini';
  synthetic: boolean;
  train: number;
  test: number;
  editions: string[];
  licence: string;
  problems: string[];
  code: string;
}

export interface IChapter {
  name: string;
  language: Language;
  title: string;
}

/** What the kernel sends. */
export type Message =
  | { kind: 'here' | 'gone' }
  | { kind: 'news'; number: number; whole: boolean; changes: object }
  | { kind: 'answer'; id: string; value?: unknown; error?: string };

type Json = { [key: string]: unknown };

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Return what a JSON merge patch (RFC 7396) makes of a value: null takes away. */
export function merged(old: unknown, changes: unknown): unknown {
  if (!isObject(changes)) {
    return changes;
  }
  const made: Json = isObject(old) ? { ...old } : {};
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) {
      delete made[key];
    } else {
      made[key] = merged(made[key], value);
    }
  }
  return made;
}
