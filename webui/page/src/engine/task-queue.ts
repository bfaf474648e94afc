/**
 * Pictures that wait for a worker: interactive ones before batch ones, otherwise first come, first served.
 */

import { RecognitionFailure } from './failure';
import type { RecogniseOptions, Recognition } from './types';

export interface Task {
  readonly blob: Blob;
  readonly options: RecogniseOptions;
  readonly resolve: (recognition: Recognition) => void;
  readonly reject: (failure: RecognitionFailure) => void;
  /** How often a worker went down with it. */
  losses: number;
}

export class TaskQueue {
  private interactive: Task[] = [];
  private batch: Task[] = [];

  get length(): number {
    return this.interactive.length + this.batch.length;
  }

  get waitingBatch(): number {
    return this.batch.length;
  }

  push(task: Task): void {
    this.laneOf(task).push(task);
  }

  /** Back in front of the others: it had begun already. */
  pushFirst(task: Task): void {
    this.laneOf(task).unshift(task);
  }

  /** The next task of any kind. */
  next(): Task | undefined {
    return this.interactive.shift() ?? this.batch.shift();
  }

  nextInteractive(): Task | undefined {
    return this.interactive.shift();
  }

  nextBatch(): Task | undefined {
    return this.batch.shift();
  }

  /** Rejects what was given up while it waited. */
  dropCancelled(): void {
    const isWanted = (task: Task): boolean => {
      if (!task.options.signal?.aborted) return true;
      task.reject(cancelled());
      return false;
    };
    this.interactive = this.interactive.filter(isWanted);
    this.batch = this.batch.filter(isWanted);
  }

  /** Rejects all that wait. */
  clear(): void {
    for (const task of [...this.interactive, ...this.batch]) task.reject(cancelled());
    this.interactive = [];
    this.batch = [];
  }

  private laneOf(task: Task): Task[] {
    return task.options.priority === 'batch' ? this.batch : this.interactive;
  }
}

export function cancelled(): RecognitionFailure {
  return new RecognitionFailure({
    stage: 'decode',
    code: 'cancelled',
    sentence: 'This picture was given up before it was looked at.',
    advice: 'Drop it here again if you want an answer.',
  });
}
