"use strict";
// What the page says, in each language.
const WORDS = {
  en: {
    other: "한국어", skip: "Skip to the content", model: "Model", key: "This service needs a key", use: "Use",
    texts: "Texts", textsHint: "A sentence, or one text per line", classify: "Classify",
    table: "Table", drop: "Drop a file here, or choose one: CSV, TSV, JSON Lines, text, XLSX, Parquet",
    column: "Column with the texts (auto-detected if empty)", cancel: "Cancel", download: "Download the answered table",
    rejects: "Download the broken rows", classes: "Rows by class", by: "Count by column", least: "Least certain rows",
    label: "Class", probability: "Probability", text: "Text", rows: "Rows", row: "Row", total: "Total",
    counted: "Counted", corrected: "Corrected (95 %)", correctedBy: (known) => `Corrected for the errors on ${known}. This holds if the texts of each class are like those; only their shares may differ.`,
    notCorrected: (reason) => `The counts are not corrected: ${reason}.`,
    noAnswer: "no answer", answers: "Answers", sending: "Sending the file", waiting: "Waiting for other tables",
    working: (rows, speed, left) => `${rows} rows, ${speed} per second${left ? `, about ${left} s left` : ""}`,
    done: (rows, written, rejected, empty) => `${rows} rows: ${written} written, ${rejected} broken, ${empty} without a text`,
    busy: "The service is busy; trying again", gone: "The service does not answer", cancelled: "Cancelled",
    explained: (label) => `Marked words speak for ${label}, underlined ones against it`,
  },
  ko: {
    other: "English", skip: "본문으로 바로 가기", model: "모델", key: "이 서비스는 키가 필요합니다", use: "사용",
    texts: "글", textsHint: "문장 하나, 또는 한 줄에 글 하나씩", classify: "분류하기",
    table: "표", drop: "파일을 여기에 놓거나 선택하세요: CSV, TSV, JSON Lines, 텍스트, XLSX, Parquet",
    column: "글이 들어 있는 열(비워 두면 자동으로 찾습니다)", cancel: "취소", download: "결과가 추가된 표 내려받기",
    rejects: "잘못된 행 내려받기", classes: "분류별 행 수", by: "열별로 집계", least: "확신이 가장 낮은 행",
    label: "분류", probability: "확률", text: "글", rows: "행", row: "행 번호", total: "합계",
    counted: "단순 집계", corrected: "보정한 비율(95 %)", correctedBy: (known) => `${known}에서 측정한 오차로 보정했습니다. 클래스별 글의 성격이 비슷하고 비율만 다를 때 맞습니다.`,
    notCorrected: (reason) => `보정하지 않았습니다: ${reason}.`,
    noAnswer: "결과 없음", answers: "분류 결과", sending: "파일을 보내는 중", waiting: "다른 표가 끝나기를 기다리는 중",
    working: (rows, speed, left) => `${rows}행 처리, 초당 ${speed}행${left ? `, 약 ${left}초 남음` : ""}`,
    done: (rows, written, rejected, empty) => `${rows}행 중 ${written}행 기록, 잘못된 행 ${rejected}개, 글이 없는 행 ${empty}개`,
    busy: "서비스가 바쁩니다. 다시 시도합니다", gone: "서비스가 응답하지 않습니다", cancelled: "취소했습니다",
    explained: (label) => `표시된 단어는 ${label} 판단의 근거이고, 밑줄 친 단어는 반대 근거입니다`,
  },
};
