document.documentElement.dataset['ready'] = 'false';
