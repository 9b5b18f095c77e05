// One page of a list with the links and counts of document 000.
// Knows nothing of what is listed.

export interface Page<Item> {
  readonly data: readonly Item[]
  readonly links: object
  readonly meta: object
}

/**
 * Links keep the filters of the request. Past the end `data` is empty, `next` null, and `from` and `to` are 0: the
 * document wants integers and does not say which (note V29).
 */
export function makePage<Item>(items: readonly Item[], page: number, perPage: number, url: URL): Page<Item> {
  const lastPage = Math.max(1, Math.ceil(items.length / perPage))
  const firstIndex = (page - 1) * perPage
  const data = items.slice(firstIndex, firstIndex + perPage)
  const linkTo = (number: number): string => {
    const link = new URL(url)
    link.searchParams.set('page', String(number))
    return link.href
  }
  const previous = page > 1 ? linkTo(page - 1) : null
  const next = page < lastPage ? linkTo(page + 1) : null
  const bar = Array.from({ length: Math.min(lastPage, 10) }, (_, index) => ({
    url: linkTo(index + 1),
    label: String(index + 1),
    active: index + 1 === page,
  }))
  return {
    data,
    links: { first: linkTo(1), last: linkTo(lastPage), prev: previous, next },
    meta: {
      current_page: page,
      from: data.length === 0 ? 0 : firstIndex + 1,
      to: data.length === 0 ? 0 : firstIndex + data.length,
      last_page: lastPage,
      links: [
        { url: previous, label: 'pagination.previous', active: false },
        ...bar,
        { url: next, label: 'pagination.next', active: false },
      ],
      path: url.origin + url.pathname,
      per_page: perPage,
      total: items.length,
    },
  }
}
