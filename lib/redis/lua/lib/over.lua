-- When a run ended, when it began, and its worker, of the field `end`: see core/record.ts.
local function over_of(text)
  local ended, ran, worker = string.match(text or '', '^(%d+) (%d+) (.*)$')
  if not ended then return whole(text) end
  return whole(ended, 0), whole(ended, 0) - whole(ran, 0), worker
end
