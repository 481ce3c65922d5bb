autocmd BufRead,BufNewFile *.truce setlocal filetype=truce commentstring=#\ %s
