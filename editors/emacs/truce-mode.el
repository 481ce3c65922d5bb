;;; truce-mode.el --- Colours for Truceline mandates (.truce) -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0
;; Version: 0.1.0
;; Package-Requires: ((emacs "24.4"))
;; Keywords: languages

;;; Commentary:

;; Colours words, strings, numbers and comments of mandates in the language of Truceline.

;;; Code:

(defconst truce-declaration-words
  '(
    "mandate" "party" "body" "line" "zone" "site" "weapons" "objects" "evidence" "dispute"
    "reading" "gate" "domain" "clause" "outcome" "attribution" "response" "step" "end"
    "suspension" "watch")
  "Words of the language: declaration.")

(defconst truce-modality-words
  '(
    "prohibited" "limited" "required" "allowed")
  "Words of the language: modality.")

(defconst truce-action-words
  '(
    "informs" "visits" "requests" "replies" "withdraws" "repairs" "convenes" "decides"
    "suspends" "refers" "publishes")
  "Words of the language: action.")

(defconst truce-result-words
  '(
    "done" "substantiated" "not_substantiated" "inconclusive" "refused" "late" "exhausted"
    "remedied" "answered" "unfounded" "impasse" "handed_over")
  "Words of the language: result.")

(defconst truce-other-words
  '(
    "across" "after" "all" "at" "baseline" "beyond" "bound" "breach" "by" "calendar"
    "calibre" "cites" "confidence" "confirmed" "consent" "counting" "coverage" "days"
    "deadline" "decided" "disputed" "during" "edges" "entry" "error" "events" "every" "except" "for"
    "force" "from" "geodesic" "guarantees" "in" "independent" "items" "left" "lifts" "members" "monitors"
    "most" "needs" "none" "not" "not_attributed" "notice" "of" "on" "once" "one" "otherwise"
    "outside" "overrides" "panel" "per" "planar_lonlat" "precision" "quorum" "respond"
    "restored" "right" "sources" "takes" "teams" "text" "then" "times" "to" "under" "unless"
    "until" "unverified" "verified" "veto" "when" "while" "within" "working")
  "Words of the language: other.")

(defconst truce-font-lock-keywords
  `(
    ("\\_<zone\\s-+\\(UTC\\_>\\|[A-Z][A-Za-z_]+/[A-Za-z_/+0-9-]+\\|[+-][0-9][0-9]:[0-9][0-9]\\)"
     1 font-lock-constant-face)
    ("\\_<[0-9]\\{4\\}-[0-9][0-9]-[0-9][0-9]\\(?:T[0-9][0-9]:[0-9][0-9]\\(?::[0-9][0-9]\\)?\\(?:Z\\|[+-][0-9][0-9]:[0-9][0-9]\\)?\\)?"
     . font-lock-constant-face)
    (">=\\s-*[01]\\.[0-9]\\{1,3\\}" . font-lock-constant-face)
    ("\\_<[0-9]+\\(?:s\\|min\\|h\\|d\\|mm\\|km\\|m\\)?\\_>" . font-lock-constant-face)
    (,(regexp-opt truce-declaration-words 'symbols) . font-lock-keyword-face)
    (,(regexp-opt truce-modality-words 'symbols) . font-lock-warning-face)
    (,(regexp-opt truce-action-words 'symbols) . font-lock-function-name-face)
    (,(regexp-opt truce-result-words 'symbols) . font-lock-constant-face)
    (,(regexp-opt truce-other-words 'symbols) . font-lock-builtin-face))
  "What `truce-mode' colours besides strings and comments.")

(defvar truce-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\\ "." table)
    (modify-syntax-entry ?_ "_" table)
    table)
  "Comments from # to the end of the line, strings in double quotes, no escapes.")

;;;###autoload
(define-derived-mode truce-mode prog-mode "Truce"
  "Major mode for Truceline mandates."
  (setq-local comment-start "# ")
  (setq-local comment-end "")
  (setq-local font-lock-defaults '(truce-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.truce\\'" . truce-mode))

(provide 'truce-mode)
;;; truce-mode.el ends here
