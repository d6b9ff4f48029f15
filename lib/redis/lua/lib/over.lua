-- When a run ended, when it began, and its worker, of the fields `st` and `end`: see core/record.ts.
local function over_of(status, at)
  local ended, ran, worker = string.match(status or '', '^%S+ (%d+) (%d+) (.*)$')
  if not ended then return whole(at) end
  return whole(ended, 0), whole(ended, 0) - whole(ran, 0), worker
end
