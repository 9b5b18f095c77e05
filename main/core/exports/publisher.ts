// Publishes items while they change: a change of state at once, progress trailing and last-wins, so that sixteen
// downloads do not flood a screen.
import type { Item } from '#contract/exports.ts'

export interface ItemPublisher {
  /** Something of that item changed; `isProgress`: only numbers did. The item is asked for when it is sent. */
  changed(index: number, isProgress: boolean): void
  close(): void
}

/** `intervalMs` between two progress snapshots of one item. */
export function createItemPublisher(send: (index: number) => void, intervalMs = 200): ItemPublisher {
  const due = new Set<number>()
  let timer: NodeJS.Timeout | null = null

  function flush(): void {
    timer = null
    const indexes = [...due]
    due.clear()
    for (const index of indexes) send(index)
  }

  return {
    changed(index, isProgress) {
      if (!isProgress) {
        due.delete(index)
        send(index)
        return
      }
      due.add(index)
      timer ??= setTimeout(flush, intervalMs)
    },
    close() {
      if (timer) clearTimeout(timer)
      due.clear()
    },
  }
}

/** What changes while an item runs and is not worth a line in the journal. */
export type ItemProgress = Pick<Item, 'bytes' | 'totalBytes' | 'bytesPerSecond' | 'isPreparing'> & {
  fraction: number | null
}

export const noProgress: ItemProgress = {
  bytes: 0,
  totalBytes: null,
  bytesPerSecond: 0,
  isPreparing: false,
  fraction: null,
}
