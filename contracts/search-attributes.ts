/** Search attributes of `runStudy`, to find studies in the Web UI. A server must know them before the first start. */
export const SEARCH_ATTRIBUTES = {
  EtudeHome: 'Keyword',
  EtudeStudy: 'Keyword',
  EtudePlan: 'Keyword',
  EtudeWaiting: 'KeywordList',
} as const;
