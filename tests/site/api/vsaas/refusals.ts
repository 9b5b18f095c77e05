// Error answers of the vsaas dialect: JSON in the language asked for, or an HTML page for clients that do not say they
// take JSON (document 000). Knows nothing of when an error is due.
import type { Answer } from '../api-server.ts'
import type { Language } from '../faults.ts'

const texts: Readonly<Record<number, Record<Language, string>>> = {
  400: { en: 'The request could not be completed.', ru: 'Запрос не может быть выполнен.' },
  401: { en: 'Unauthenticated.', ru: 'Не авторизован.' },
  402: { en: 'There is a problem with the license.', ru: 'Проблема с лицензией.' },
  403: { en: 'This action is unauthorized.', ru: 'Действие не разрешено.' },
  404: { en: 'Not found.', ru: 'Не найдено.' },
  422: { en: 'The given data was invalid.', ru: 'Указанные данные недействительны.' },
  429: { en: 'Too many requests.', ru: 'Слишком много запросов.' },
  500: { en: 'Server error.', ru: 'Ошибка сервера.' },
  503: { en: 'Service unavailable.', ru: 'Сервис недоступен.' },
}

/** Whether the client says that it takes JSON; a wildcard does not count. */
export function takesJson(headers: Readonly<Record<string, string>>): boolean {
  return (headers['accept'] ?? '').toLowerCase().includes('application/json')
}

export function refuse(status: number, language: Language, headers?: Readonly<Record<string, string>>): Answer {
  const message = texts[status]?.[language] ?? 'Error.'
  return headers === undefined ? { status, json: { message } } : { status, headers, json: { message } }
}

/** The same refusal as the page a browser would show. */
export function turnIntoPage(answer: Answer, language: Language): Answer {
  const text = texts[answer.status]?.[language] ?? 'Error.'
  const page = `<!DOCTYPE html><html lang="${language}"><head><title>${text}</title></head><body><h1>${answer.status}</h1><p>${text}</p></body></html>`
  const bytes = Buffer.from(page)
  const { status, headers } = answer
  const mediaType = 'text/html; charset=UTF-8'
  return headers === undefined ? { status, bytes, mediaType } : { status, headers, bytes, mediaType }
}
