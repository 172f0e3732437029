/** By which studies are found in the Web UI; registered before the first start. */
export const SEARCH_ATTRIBUTES = {
  EtudeHome: 'Keyword',
  EtudeStudy: 'Keyword',
  EtudePlan: 'Keyword',
  EtudeWaiting: 'KeywordList',
} as const;
