" Vim syntax of Truceline mandates (.truce).
if exists("b:current_syntax")
  finish
endif
syntax case match
syntax iskeyword @,48-57,_

syntax keyword truceDeclaration mandate party body line zone site weapons objects evidence dispute
syntax keyword truceDeclaration reading gate domain clause outcome attribution response step end
syntax keyword truceDeclaration suspension watch
syntax keyword truceModality prohibited limited required allowed
syntax keyword truceAction informs visits requests replies withdraws repairs convenes decides
syntax keyword truceAction suspends refers publishes
syntax keyword truceResult done substantiated not_substantiated inconclusive refused late exhausted
syntax keyword truceResult remedied answered unfounded impasse handed_over
syntax keyword truceWord across after all at baseline beyond bound breach by calendar calibre cites
syntax keyword truceWord confidence confirmed consent counting coverage days deadline decided
syntax keyword truceWord disputed during edges entry error events every except for force from geodesic guarantees in
syntax keyword truceWord independent items left lifts members monitors most needs none not
syntax keyword truceWord not_attributed notice of on once one otherwise outside overrides panel per
syntax keyword truceWord planar_lonlat precision quorum respond restored right sources takes teams
syntax keyword truceWord text then times to under unless until unverified verified veto when while
syntax keyword truceWord within working

syntax match truceNumber "\<\d\+\%(s\|min\|h\|d\|mm\|km\|m\)\?\>"
syntax match truceNumber "\<\d\{4}-\d\d-\d\d\%(T\d\d:\d\d\%(:\d\d\)\?\%(Z\|[+-]\d\d:\d\d\)\?\)\?"
syntax match truceNumber ">=\s*[01]\.\d\{1,3}"
syntax match truceZone "\%(\<zone\s\+\)\@<=\%(UTC\>\|[A-Z][A-Za-z_]\+/[A-Za-z_/+0-9-]\+\|[+-]\d\d:\d\d\)"
syntax region truceString start=+"+ end=+"+ oneline
syntax match truceComment "#.*$" contains=@Spell

highlight default link truceDeclaration Keyword
highlight default link truceModality Conditional
highlight default link truceAction Function
highlight default link truceResult Special
highlight default link truceWord Statement
highlight default link truceNumber Number
highlight default link truceZone Constant
highlight default link truceString String
highlight default link truceComment Comment

let b:current_syntax = "truce"
