document.title = 'The page of tests';
